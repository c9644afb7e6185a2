/** Keeps beside the report what it does not have: latencies that runs measured, and the colours that follow its figures. */
import type { StoreApi } from "zustand";
import { type Cost, costOf, costOverlay } from "../model/cost";
import * as server from "./server";
import { editor } from "./store";
import type { EditorState } from "./types";

/** The machine's speed is measured by a process of its own; it may wait until the page is at rest. */
const RATES_AFTER_MS = 4000;

/** Colours nodes by what they cost; null takes the colours off. */
export function colourBy(cost: Cost | null): void {
  const { report, set } = editor.getState();
  set({ overlay: cost && report ? costOverlay(report, cost) : null });
}

export function startFigures(store: StoreApi<EditorState>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = false;
  let running: AbortController | null = null;

  const measured = async ({ designId, dataset }: EditorState): Promise<void> => {
    running?.abort();
    const mine = (running = new AbortController());
    const items = designId ? await server.latencies(designId, dataset, mine.signal).catch(() => []) : [];
    if (!mine.signal.aborted) store.getState().set({ measured: items });
  };
  /** Once the machine's speed is known, analyses come with an estimate; this one is asked for again. */
  const rates = async (): Promise<void> => {
    try {
      await server.rates();
      const { dataset, history } = store.getState();
      const report = await server.analyze({ design: history.design, dataset });
      if (store.getState().history.design === history.design) store.getState().setReport(report);
    } catch {
      // Without an estimate the latency stays open; the next page asks again.
    }
  };
  const stop = store.subscribe((state, before) => {
    if (state.designId !== before.designId || state.version !== before.version || state.dataset !== before.dataset) void measured(state);
    if (state.report === before.report || !state.report) return;
    const cost = costOf(state.overlay);
    if (cost) state.set({ overlay: costOverlay(state.report, cost, state.overlay) });
    if (asked || state.report.latency_ms != null || !state.report.hash) return;
    asked = true;
    timer = setTimeout(() => void rates(), RATES_AFTER_MS);
  });
  void measured(store.getState());
  return () => {
    stop();
    clearTimeout(timer);
    running?.abort();
  };
}
