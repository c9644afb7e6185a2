/** Has the design's nodes measured on the server, and keeps the colours that show it current. */
import { isAbort, messageOf } from "@shared/api/client";
import type { StoreApi } from "zustand";
import { isActive } from "@shared/run/StateBadge";
import { words } from "@shared/run/progress";
import { keyOf, type ProfileDocument } from "@shared/profile/document";
import { type Found, type Kept, type Measure, type Profiling, foundIn, measureOf, profileOverlay } from "../model/profile";
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
    const found: Found = { profile, hash: report?.hash ?? null };
    put({ since: null, found, quick: found });
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

/** Looks for the newest profile among the design's runs, and shows it where nothing else is; and what goes on. */
export async function findProfiles(): Promise<void> {
  const { designId, profiling } = editor.getState();
  if (!designId) return;
  const rows = (await server.profiles(designId).catch(() => null))?.items;
  if (!rows || editor.getState().designId !== designId) return;
  const going = rows.find((run) => isActive(run.state));
  put({ under: going ? { id: going.id, url: going.url, text: words(going.progress) || (going.state === "queued" ? "waits until nothing else runs" : "starting") } : null });
  const done = rows.find((run) => run.state === "done" && run.design);
  if (!done || done.id === profiling.kept?.id) return;
  const document = (await server.profileRun(done.id).catch(() => null))?.result as unknown as ProfileDocument | null;
  if (!document?.node_ms.length || editor.getState().designId !== designId) return;
  const kept: Kept = { id: done.id, url: done.url, version: done.design!.version, document };
  const waited = profiling.under?.id === done.id;
  put({ kept });
  if (waited || !editor.getState().profiling.found) showMeasurement(keyOf(document.node_ms[0]!));
  if (!waited) return;
  colourByMeasure(editor.getState().profiling.measure);
  editor.getState().set({ measured: await server.latencies(designId, editor.getState().dataset).catch(() => editor.getState().measured) });
}

/** Shows a measurement of the kept profile, or with null the quick one. */
export function showMeasurement(key: string | null): void {
  const { kept, quick } = editor.getState().profiling;
  const found = key === null ? quick : kept && foundIn(kept, key);
  if (!found) return;
  put({ found });
  const measure = measureOf(editor.getState().overlay);
  if (measure) colourByMeasure(measure);
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
