/** The columns of the table, which are those of the CSV: one list of what is shown and how. Pure. */
import { duration, full, metricLabel, NONE } from "../shared/format";
import type { ComparedRun } from "../shared/types";
import { COSTS, latencyKind, measured, measureText } from "./figures";
import { flatten, settingLabel, varying } from "./recipes";

export type Value = string | number | null;

export interface Column {
  key: string;
  label: string;
  /** In the CSV's header; on the page figures carry it themselves. */
  unit: string;
  how?: string;
  right?: boolean;
  /** Not there until it is chosen. */
  hidden?: boolean;
  /** Exact, for sorting and for the CSV. */
  value: (run: ComparedRun) => Value;
  text: (run: ComparedRun) => string;
}

const said = (value: Value): string => (value === null || value === "" ? NONE : String(value));
const words = (key: string, label: string, value: (run: ComparedRun) => Value, more: Partial<Column> = {}): Column => ({ key, label, unit: "", value, text: (run) => said(value(run)), ...more });

const UNITS: Record<string, string> = { latency: "ms", memory: "bytes" };

/** All columns for these runs; settings of the recipe are there where they differ. */
export function columnsFor(runs: readonly ComparedRun[]): Column[] {
  const names = [...new Set(runs.flatMap((run) => (run.measure ? [run.measure.name] : [])))];
  const flats = new Map(runs.map((run) => [run.id, flatten(run.recipe)]));
  const datasets = new Set(runs.map((run) => run.dataset?.id ?? ""));
  return [
    words("design", "Design", (run) => (run.design ? `${run.design.name} v${run.design.version}` : null)),
    words("data", "Data", (run) => run.dataset?.name ?? null, { hidden: datasets.size < 2 }),
    words("state", "State", (run) => run.state, { hidden: runs.every((run) => run.state === "done") }),
    ...names.map((name): Column => ({
      key: `measure.${name}`,
      label: metricLabel(name).label,
      unit: metricLabel(name).unit,
      how: "On test data: of the best checkpoint, or so far",
      right: true,
      value: (run) => (run.measure?.name === name ? measured(run) : null),
      text: (run) => (run.measure?.name === name ? measureText(run) : NONE),
    })),
    ...COSTS.map((cost): Column => ({ key: cost.key, label: cost.label, unit: UNITS[cost.key] ?? "", how: cost.how, right: true, value: cost.of, text: (run) => cost.text(cost.of(run)) })),
    words("measured-on", "Latency measured on", latencyKind, { hidden: true }),
    { key: "epoch", label: "Epochs", unit: "", right: true, how: "Finished passes over the training data", value: (run) => run.progress.epoch ?? null, text: (run) => said(run.progress.epoch ?? null) },
    { key: "seconds", label: "Time", unit: "s", right: true, how: "Time of work, over all attempts", value: (run) => run.seconds || null, text: (run) => duration(run.seconds || null) },
    words("device", "Device", (run) => run.device || null),
    { key: "threads", label: "Threads", unit: "", right: true, hidden: true, value: (run) => run.threads, text: (run) => full(run.threads) },
    words("created", "Queued at", (run) => run.created, { hidden: true, text: (run) => new Date(run.created).toLocaleString() }),
    ...varying([...flats.values()]).map((path) => words(`recipe.${path}`, settingLabel(path), (run) => flats.get(run.id)?.[path] ?? null, { how: "A setting of the recipe, defaults filled in" })),
  ];
}

/** Sorted by a column; what has no value comes last either way. */
export function sorted(runs: readonly ComparedRun[], column: Column | undefined, down: boolean): ComparedRun[] {
  if (!column) return [...runs];
  const order = (a: Value, b: Value): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const [first, second] = [Number(a), Number(b)];
    const less = Number.isFinite(first) && Number.isFinite(second) ? first - second : String(a).localeCompare(String(b), undefined, { numeric: true });
    return down ? -less : less;
  };
  return [...runs].sort((a, b) => order(column.value(a), column.value(b)));
}

/** Those that have every word of `text` somewhere in their row. */
export function matching(runs: readonly ComparedRun[], columns: readonly Column[], text: string): ComparedRun[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((run) => {
    const row = [run.name, ...columns.map((column) => column.text(run))].join("\n").toLowerCase();
    return wanted.every((word) => row.includes(word));
  });
}

export const NAME: Column = words("name", "Run", (run) => run.name);

/** The same figures as a spreadsheet reads them, units in the header. */
export function csv(runs: readonly ComparedRun[], columns: readonly Column[]): string {
  const all = [NAME, ...columns];
  const rows = [all.map(({ label, unit }) => (unit ? `${label} (${unit})` : label)), ...runs.map((run) => all.map((column) => column.value(run)))];
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would take for a formula gets a quote in front, which it does not show. */
function cell(value: Value): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
