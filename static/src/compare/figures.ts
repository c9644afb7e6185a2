/** What a run is compared by: each figure with its unit, how it came about, and how it is read from a run. Pure. */
import { bytes, full, metricLabel, ms, NONE, short } from "../shared/format";
import type { ComparedRun } from "../shared/types";

/** A figure that costs something: less of it is better. */
export interface Cost {
  key: "latency" | "params" | "macs" | "memory";
  label: string;
  unit: string;
  how: string;
  of: (run: ComparedRun) => number | null;
  /** With its unit. */
  text: (value: number | null) => string;
  /** At the axis, without. */
  tick: (value: number) => string;
}

export const COSTS: readonly Cost[] = [
  { key: "latency", label: "Latency", unit: "ms", how: "Median time of one forward pass, measured before training on the run's device", of: (run) => run.latency?.p50_ms ?? null, text: ms, tick: (value) => ms(value).replace(" ms", "") },
  { key: "params", label: "Parameters", unit: "", how: "Numbers the network holds; tied ones count once", of: (run) => run.costs?.params ?? null, text: short, tick: short },
  { key: "macs", label: "MACs", unit: "", how: "Multiply-adds for one sample", of: (run) => run.costs?.macs ?? null, text: short, tick: short },
  { key: "memory", label: "Memory", unit: "", how: "Weights and the most that one inference holds beside them, batch 1", of: (run) => run.costs?.memory_bytes ?? null, text: bytes, tick: bytes },
];

export const measured = (run: ComparedRun): number | null => (run.measure && Number.isFinite(run.measure.value ?? NaN) ? run.measure.value : null);

/** "97.2 %", and that it may still change. */
export function measureText(run: ComparedRun): string {
  if (!run.measure) return NONE;
  const text = metricLabel(run.measure.name).format(run.measure.value);
  return run.measure.final || text === NONE ? text : `${text} so far`;
}

/** Runs whose measures say the same thing: one measure on one data set. */
export interface Group {
  key: string;
  data: string;
  measure: string;
  better: "max" | "min";
  runs: ComparedRun[];
}

/** Runs in groups whose measures may be held against each other; those of tasks without a measure are in none. */
export function groups(runs: readonly ComparedRun[]): Group[] {
  const found = new Map<string, Group>();
  for (const run of runs) {
    if (!run.measure) continue;
    const key = `${run.dataset?.id ?? ""}/${run.measure.name}`;
    const group = found.get(key) ?? { key, data: run.dataset?.name ?? "", measure: run.measure.name, better: run.measure.better, runs: [] };
    group.runs.push(run);
    found.set(key, group);
  }
  return [...found.values()].sort((a, b) => b.runs.length - a.runs.length);
}

/** "cpu, 2 threads, batch 1, eager": latencies of another kind cannot be held against each other. */
export function latencyKind(run: ComparedRun): string {
  if (!run.latency) return "";
  const threads = run.threads ? `${full(run.threads)} ${run.threads === 1 ? "thread" : "threads"}` : "";
  return [run.device || "cpu", threads, `batch ${run.latency.batch}`, run.latency.backend].filter(Boolean).join(", ");
}
