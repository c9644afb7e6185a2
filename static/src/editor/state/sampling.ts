/** Sends the chosen sample through the design, again after each change of either, and keeps its marks on the graph. */
import { isAbort, messageOf } from "@shared/api/client";
import type { StoreApi } from "zustand";
import { SAMPLE_OVERLAY, type Sampled, sampleOverlay } from "../model/sample";
import * as server from "./server";
import type { EditorState } from "./types";

export interface SampleChoice {
  split: "train" | "test";
  index: number;
  /** At this run's weights; null for untrained ones of `seed`. */
  run: string | null;
  checkpoint: "best" | "last";
  seed: number;
}

export interface Sampling {
  choice: SampleChoice;
  /** Whether a sample is wanted at all. */
  on: boolean;
  busy: boolean;
  /** What is being done, once that takes longer than a moment. */
  progress: string;
  fault: string;
  found: Sampled | null;
}

export const NO_SAMPLE: Sampling = {
  choice: { split: "test", index: 0, run: null, checkpoint: "best", seed: 0 },
  on: false,
  busy: false,
  progress: "",
  fault: "",
  found: null,
};

const SOON_MS = 150;
const PROGRESS_MS = 1000;

export function startSampling(store: StoreApi<EditorState>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: ReturnType<typeof setInterval> | undefined;
  let running: AbortController | null = null;
  const put = (patch: Partial<Sampling>): void => store.getState().set({ sampling: { ...store.getState().sampling, ...patch } });
  const stop = (): void => {
    clearTimeout(timer);
    clearInterval(asking);
    running?.abort();
    running = null;
  };

  const ask = async (): Promise<void> => {
    stop();
    const { sampling, dataset, report } = store.getState();
    if (!sampling.on || !dataset) return;
    const faults = report?.errors.filter((issue) => issue.severity !== "warning").length ?? 0;
    if (faults) return put({ busy: false, found: null, fault: `The design has ${faults} fault${faults === 1 ? "" : "s"}: mend ${faults === 1 ? "it" : "them"}, then a sample goes through.` });
    const mine = (running = new AbortController());
    put({ busy: true, progress: "", fault: "" });
    const began = Date.now();
    asking = setInterval(() => void tell(mine, began), PROGRESS_MS);
    try {
      const found = await server.sample({ design: store.getState().design(), dataset, ...sampling.choice }, mine.signal);
      if (mine !== running) return;
      const name = store.getState().datasets.find((row) => row.id === dataset)?.name ?? dataset;
      put({ busy: false, progress: "", found });
      store.getState().set({ overlay: sampleOverlay(found, `Sample ${found.sample.index} of ${name}`) });
    } catch (error) {
      if (mine !== running || isAbort(error)) return;
      put({ busy: false, progress: "", found: null, fault: messageOf(error) });
      takeOff();
    } finally {
      if (mine === running) clearInterval(asking);
    }
  };
  const tell = async (mine: AbortController, began: number): Promise<void> => {
    const { what, done, total } = await server.sampleProgress().catch(() => ({ what: null, done: null, total: null }));
    if (mine !== running || !store.getState().sampling.busy) return;
    const seconds = Math.round((Date.now() - began) / 1000);
    const step = what ? `${what}${total && total > 1 ? `, node ${done} of ${total}` : ""}` : "starting the engine";
    put({ progress: `${step} (${seconds} s)` });
  };
  const takeOff = (): void => {
    if (store.getState().overlay?.id === SAMPLE_OVERLAY) store.getState().set({ overlay: null });
  };

  const unsubscribe = store.subscribe((state, before) => {
    const { sampling } = state;
    if (sampling.on && before.overlay?.id === SAMPLE_OVERLAY && state.overlay?.id !== SAMPLE_OVERLAY && !sampling.fault) {
      // Hidden by a person, or for other marks.
      stop();
      return put({ on: false, busy: false, progress: "" });
    }
    const asked = sampling.on !== before.sampling.on || sampling.choice !== before.sampling.choice;
    if (!asked && state.dataset === before.dataset && state.report === before.report) return;
    if (!sampling.on) {
      if (before.sampling.on) stop(), takeOff();
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), SOON_MS);
  });
  return () => {
    unsubscribe();
    stop();
  };
}
