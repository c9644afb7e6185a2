/** The draft: kept in this browser at once, on the site a moment later; nothing is lost when either is away. */
import { messageOf } from "@shared/api/client";
import type { StoreApi } from "zustand";
import { forgetDraft, keepDraft } from "./drafts";
import * as server from "./server";
import type { EditorState } from "./types";

const LOCAL_MS = 150;
const SITE_MS = 900;
const RETRY_MS = 5000;

export interface Autosave {
  /** Sends the draft now; a design that has no row yet gets one. */
  flush(): Promise<boolean>;
  /** Keeps the draft in this browser now. */
  keep(): void;
  stop(): void;
}

export function startAutosave(store: StoreApi<EditorState>): Autosave {
  let localTimer: ReturnType<typeof setTimeout> | undefined;
  let siteTimer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<boolean> | null = null;

  const keep = (): void => {
    const state = store.getState();
    keepDraft(state, { design: state.history.design, base: state.draftNumber, at: Date.now() });
  };

  const dirty = (): boolean => {
    const state = store.getState();
    return state.history.design !== state.acknowledged;
  };

  const send = async (): Promise<boolean> => {
    const state = store.getState();
    const { designId, draftNumber } = state;
    const design = state.history.design;
    if (!dirty()) {
      forgetDraft(state);
      if (state.save.kind === "waiting") state.set({ save: { kind: "saved", at: Date.now() } });
      return true;
    }
    if (state.save.kind === "conflict") return false;
    state.set({ save: { kind: "saving" } });
    try {
      if (designId === null) {
        const made = await server.createDesign({ design, name: design.name, ...(state.zooId ? { zoo: state.zooId } : {}) });
        forgetDraft(state);
        store.getState().set({ designId: made.id, version: made.version, draftNumber: made.draft_number });
        history.replaceState(history.state, "", `/designs/${made.id}`);
      } else {
        const { number } = await server.saveDraft(designId, { design, base: draftNumber });
        store.getState().set({ draftNumber: number });
      }
      const now = store.getState();
      now.set({ acknowledged: design, save: { kind: "saved", at: Date.now() } });
      if (now.history.design === design) forgetDraft(now);
      else plan();
      return true;
    } catch (error) {
      store.getState().set({ save: faultOf(error) });
      if (server.isAway(error)) siteTimer = setTimeout(() => void flush(), RETRY_MS);
      return false;
    }
  };

  const flush = async (): Promise<boolean> => {
    clearTimeout(siteTimer);
    // One write at a time: a second would carry a stale number and look like another tab.
    while (sending) await sending;
    sending = send().finally(() => (sending = null));
    return sending;
  };

  const plan = (): void => {
    clearTimeout(localTimer);
    clearTimeout(siteTimer);
    localTimer = setTimeout(keep, LOCAL_MS);
    if (store.getState().save.kind === "conflict") return;
    siteTimer = setTimeout(() => void flush(), SITE_MS);
  };

  const stopWatching = store.subscribe((state, before) => {
    if (state.history.design === before.history.design || state.history.design === state.acknowledged) return;
    // A design just opened has an empty log; what was merely looked at makes no draft.
    if (!state.history.log.length && !state.history.undone.length) return;
    if (state.save.kind === "saved" || state.save.kind === "pristine") state.set({ save: { kind: "waiting" } });
    plan();
  });
  const leaving = (): void => {
    const state = store.getState();
    if (!dirty() || (!state.history.log.length && !state.history.undone.length)) return;
    keep();
    if (state.designId !== null && state.save.kind !== "conflict" && !sending)
      server.saveDraftLeaving(state.designId, { design: state.history.design, base: state.draftNumber });
  };
  window.addEventListener("pagehide", leaving);
  return {
    flush,
    keep,
    stop: () => {
      stopWatching();
      clearTimeout(localTimer);
      clearTimeout(siteTimer);
      window.removeEventListener("pagehide", leaving);
    },
  };
}

export function faultOf(error: unknown): EditorState["save"] {
  const newer = server.newerOf(error);
  if (newer) return { kind: "conflict", ...newer };
  if (server.isAway(error)) return { kind: "away", message: "The server is away. Your work is kept in this browser." };
  return { kind: "refused", message: messageOf(error) };
}
