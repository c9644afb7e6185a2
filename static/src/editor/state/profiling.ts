/** Has the design's nodes measured on the server, and keeps the colours that show it current. */
import { isAbort, messageOf } from "@shared/api/client";
import type { StoreApi } from "zustand";
import { type Measure, type Profiling, measureOf, profileOverlay } from "../model/profile";
import * as server from "./server";
import { editor } from "./store";
import type { EditorState } from "./types";

const put = (patch: Partial<Profiling>): void => editor.getState().set({ profiling: { ...editor.getState().profiling, ...patch } });

let running: AbortController | null = null;

/** Measures every node of the design as it is now, and colours the canvas by it. */
export async function measureNodes(): Promise<void> {
  const { profiling, dataset, report, design } = editor.getState();
  running?.abort();
  const mine = (running = new AbortController());
  put({ since: Date.now(), fault: "" });
  try {
    const profile = await server.profile({ design: design(), dataset, batch: profiling.batch }, mine.signal);
    if (mine !== running) return;
    put({ since: null, found: { profile, hash: report?.hash ?? null } });
    colourByMeasure(editor.getState().profiling.measure);
    editor.getState().say(`Measured ${Object.keys(profile.nodes).length} nodes`);
  } catch (error) {
    if (mine === running) put({ since: null, fault: isAbort(error) ? "" : messageOf(error) });
  }
}

/** Does not wait for the measurement any longer; the server drops it when the next one is asked for. */
export function stopMeasuring(): void {
  running?.abort();
}

/** Colours nodes by what was measured of them; null takes the colours off. */
export function colourByMeasure(measure: Measure | null): void {
  const { profiling, report, overlay, set } = editor.getState();
  if (measure && profiling.found && report) set({ overlay: profileOverlay(report, profiling.found.profile, measure, isStale(editor.getState())) });
  else if (measureOf(overlay)) set({ overlay: null });
}

/** Has the design changed since it was measured? */
export const isStale = ({ profiling, report }: Pick<EditorState, "profiling" | "report">): boolean =>
  profiling.found !== null && profiling.found.hash !== (report?.hash ?? null);

/** Colours of an earlier state of the design say so, and no longer once that state is back. */
export function startProfiling(store: StoreApi<EditorState>): () => void {
  return store.subscribe((state, before) => {
    const measure = measureOf(state.overlay);
    if (measure && state.report !== before.report && isStale(state) !== isStale(before)) colourByMeasure(measure);
  });
}
