/** The draft: kept in this browser at once, on the site a moment later; nothing is lost when either is away. */
import { ApiError, messageOf } from "@shared/api/client";
import type { StoreApi } from "zustand";
import type { Design } from "../model/types";
import * as server from "./server";
import type { EditorState } from "./types";

const LOCAL_MS = 150;
const SITE_MS = 900;
const RETRY_MS = 5000;
const PREFIX = "blockyard.draft.";

interface Kept {
  design: Design;
  base: number;
  at: number;
}

const keyOf = (state: Pick<EditorState, "designId" | "zooId">): string =>
  PREFIX + (state.designId ?? `new:${state.zooId ?? ""}`);

/** The draft this browser kept because the site had not acknowledged it. */
export function keptDraft(state: Pick<EditorState, "designId" | "zooId">): Kept | null {
  try {
    const text = localStorage.getItem(keyOf(state));
    return text ? (JSON.parse(text) as Kept) : null;
  } catch {
    return null;
  }
}

export function forgetDraft(state: Pick<EditorState, "designId" | "zooId">): void {
  localStorage.removeItem(keyOf(state));
}

export interface Autosave {
  /** Sends the draft now; a design that has no row yet gets one. */
  flush(): Promise<boolean>;
  stop(): void;
}

export function startAutosave(store: StoreApi<EditorState>): Autosave {
  let localTimer: ReturnType<typeof setTimeout> | undefined;
  let siteTimer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<boolean> | null = null;

  const keep = (): void => {
    const state = store.getState();
    const kept: Kept = { design: state.history.design, base: state.draftNumber, at: Date.now() };
    try {
      localStorage.setItem(keyOf(state), JSON.stringify(kept));
    } catch {
      // A full or forbidden storage is no reason to stop; the site still gets the draft.
    }
  };

  const dirty = (): boolean => {
    const state = store.getState();
    return state.history.design !== state.acknowledged;
  };

  const send = async (): Promise<boolean> => {
    const state = store.getState();
    const { designId, draftNumber } = state;
    const design = state.history.design;
    if (!dirty()) return true;
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
    stop: () => {
      stopWatching();
      clearTimeout(localTimer);
      clearTimeout(siteTimer);
      window.removeEventListener("pagehide", leaving);
    },
  };
}

function faultOf(error: unknown): EditorState["save"] {
  if (error instanceof ApiError && error.status === 409 && error.code === "stale_draft") {
    const details = (server.detailsOf(error) ?? {}) as { number?: number; draft?: unknown };
    return { kind: "conflict", number: details.number ?? 0, draft: details.draft };
  }
  if (server.isAway(error)) return { kind: "away", message: "The server is away. Your work is kept in this browser." };
  return { kind: "refused", message: messageOf(error) };
}
