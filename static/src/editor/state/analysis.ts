/** Asks the site what the design costs after each change: at once, one question at a time, the newest state next. */
import type { StoreApi } from "zustand";
import type { Report } from "../model/report";
import type { Design } from "../model/types";
import * as server from "./server";
import type { EditorState } from "./types";

const RETRY_MS = 4000;

/** Figures that are known wait until the graph itself has been painted. */
const PAINTED_MS = 32;

const NO_MEANING: ReadonlySet<keyof Design> = new Set(["name", "description", "budget", "ungrouped"]);

/** Two designs that differ in positions alone mean the same, and need no new answer. */
export function sameMeaning(a: Design, b: Design): boolean {
  if (a === b) return true;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Design>;
  for (const key of keys) {
    if (a[key] === b[key]) continue;
    if (NO_MEANING.has(key)) continue;
    if (key !== "nodes" && key !== "groups" && key !== "inputs" && key !== "outputs") return false;
    if (!sameParts(a[key], b[key])) return false;
  }
  return true;
}

/** Compared part by part: most parts of two states of one design are the same objects. */
function sameParts(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return JSON.stringify(a, meaningOnly) === JSON.stringify(b, meaningOnly);
  if (a.length !== b.length) return false;
  return a.every((one, at) => one === b[at] || JSON.stringify(one, meaningOnly) === JSON.stringify(b[at], meaningOnly));
}

const meaningOnly = (key: string, value: unknown): unknown => (key === "position" || key === "label" ? undefined : value);

export function startAnalysis(store: StoreApi<EditorState>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | null = null;
  let asked: { design: Design; dataset: string | null } | null = null;
  // What undo comes back to has been answered before: its figures are there at once, and nobody is asked.
  const answered = new WeakMap<Design, { dataset: string | null; report: Report }>();

  const isNew = (state: EditorState): boolean =>
    !asked || asked.dataset !== state.dataset || !sameMeaning(asked.design, state.history.design);

  const ask = async (): Promise<void> => {
    const { dataset } = store.getState();
    const design = store.getState().design();
    const mine = (running = new AbortController());
    asked = { design, dataset };
    store.getState().set({ analysis: { kind: "busy" } });
    try {
      const report = await server.analyze({ design, dataset }, mine.signal);
      if (mine.signal.aborted) return;
      answered.set(design, { dataset, report });
      store.getState().setReport(report);
    } catch (error) {
      if (mine.signal.aborted) return;
      asked = null;
      const message = error instanceof Error ? error.message : String(error);
      const away = server.isAway(error);
      store.getState().set({ analysis: { kind: "away", message: away ? "The server is away; figures are the last known." : message } });
      if (away) timer = setTimeout(() => void ask(), RETRY_MS);
      return;
    } finally {
      if (running === mine) running = null;
    }
    check(store.getState());
  };
  // What changes while an answer is outstanding is asked for when it is there: the server never has two to work on.
  const check = (state: EditorState): void => {
    if (!isNew(state)) return;
    clearTimeout(timer);
    const known = recalled(state);
    if (running && !known) return;
    if (!known) return void ask();
    running?.abort();
    running = null;
    asked = { design: state.history.design, dataset: state.dataset };
    timer = setTimeout(() => store.getState().setReport(known), PAINTED_MS);
  };
  /** An answer from before the machine's speed was known lacks the estimate that the present one has. */
  const recalled = ({ history, dataset, report }: EditorState): Report | null => {
    const known = answered.get(history.design);
    return known && known.dataset === dataset && (known.report.latency_ms != null || report?.latency_ms == null) ? known.report : null;
  };
  const stop = store.subscribe((state, before) => {
    if (state.history.design !== before.history.design || state.dataset !== before.dataset) check(state);
  });
  check(store.getState());
  return () => {
    stop();
    clearTimeout(timer);
    running?.abort();
  };
}
