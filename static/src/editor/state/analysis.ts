/** Asks the site what the design costs after each change: soon, once per burst, stale answers dropped. */
import type { StoreApi } from "zustand";
import type { Design } from "../model/types";
import * as server from "./server";
import type { EditorState } from "./types";

const SOON_MS = 60;
const RETRY_MS = 4000;

/** Two designs that differ in positions alone mean the same, and need no new answer. */
export function sameMeaning(a: Design, b: Design): boolean {
  if (a === b) return true;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Design>;
  for (const key of keys) {
    if (a[key] === b[key]) continue;
    if (key === "name" || key === "description") continue;
    if (key !== "nodes" && key !== "groups" && key !== "inputs" && key !== "outputs") return false;
    if (JSON.stringify(a[key], meaningOnly) !== JSON.stringify(b[key], meaningOnly)) return false;
  }
  return true;
}

const meaningOnly = (key: string, value: unknown): unknown => (key === "position" || key === "label" ? undefined : value);

export function startAnalysis(store: StoreApi<EditorState>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | null = null;
  let asked: { design: Design; dataset: string | null } | null = null;

  const ask = async (): Promise<void> => {
    const { dataset } = store.getState();
    const design = store.getState().design();
    running?.abort();
    const mine = (running = new AbortController());
    asked = { design, dataset };
    store.getState().set({ analysis: { kind: "busy" } });
    try {
      const report = await server.analyze({ design, dataset }, mine.signal);
      if (mine === running) store.getState().setReport(report);
    } catch (error) {
      if (mine.signal.aborted || mine !== running) return;
      asked = null;
      const message = error instanceof Error ? error.message : String(error);
      const away = server.isAway(error);
      store.getState().set({ analysis: { kind: "away", message: away ? "The server is away; figures are the last known." : message } });
      if (away) later(RETRY_MS);
    }
  };
  const later = (wait: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), wait);
  };
  const check = (state: EditorState): void => {
    const design = state.history.design;
    if (asked && asked.dataset === state.dataset && sameMeaning(asked.design, design)) return;
    later(SOON_MS);
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
