/** Keeps the marks of a run on the graph, live while it trains. */
import { messageOf } from "@shared/api/client";
import { Feed } from "@shared/socket/feed";
import type { StoreApi } from "zustand";
import { RUN_OVERLAY, type RunFigure, type RunNodes, runOverlay } from "../model/runState";
import * as server from "./server";
import type { EditorState } from "./types";

export interface Watched {
  run: string;
  name: string;
  by: RunFigure;
}

export function startWatching(store: StoreApi<EditorState>): () => void {
  let feed: Feed | null = null;
  let seen: RunNodes | null = null;
  /** The question whose answer counts. */
  let asked = 0;
  let takingOff = false;

  const draw = (): void => {
    const { watched, set } = store.getState();
    const overlay = watched && seen && runOverlay(seen, watched.name, watched.by);
    if (overlay) set({ overlay });
  };
  const takeOff = (): void => {
    takingOff = true;
    if (store.getState().overlay?.id === RUN_OVERLAY) store.getState().set({ overlay: null });
    takingOff = false;
  };
  const load = async (run: string): Promise<void> => {
    const mine = ++asked;
    try {
      const found = await server.runNodes(run);
      if (mine !== asked || store.getState().watched?.run !== run) return;
      seen = found;
      draw();
    } catch (error) {
      if (mine === asked) store.getState().notify(messageOf(error), "bad");
    }
  };
  const follow = async ({ run, name }: Watched): Promise<void> => {
    try {
      const [row] = await Promise.all([server.run(run), load(run)]);
      if (store.getState().watched?.run !== run) return;
      const over = !["queued", "running", "lost"].includes(row.state);
      if (seen?.step == null) {
        const text = over ? "It ended before its nodes were looked at, or its recipe looks at none." : "Its nodes are looked at every few seconds of training.";
        store.getState().notify(`${name} has told nothing of its nodes yet. ${text}`);
      }
      if (over) return;
      const heard = (events: readonly { type: string }[]) => void (events.some((event) => event.type === "nodes") && load(run));
      // What is shown is fetched anyway, so being too far behind costs nothing: go on from where the run is.
      feed = new Feed({ path: `/ws/runs/${run}/`, after: row.last_seq, onEvents: heard, onReset: async () => (await server.run(run)).last_seq });
    } catch (error) {
      store.getState().notify(messageOf(error), "bad");
    }
  };
  const leave = (): void => {
    asked += 1;
    feed?.close();
    feed = null;
    seen = null;
  };
  const unsubscribe = store.subscribe((state, before) => {
    if (state.watched?.run !== before.watched?.run) {
      leave();
      takeOff();
      if (state.watched) void follow(state.watched);
    } else if (state.watched && state.watched !== before.watched) draw();
    else if (state.watched && !takingOff && before.overlay?.id === RUN_OVERLAY && state.overlay?.id !== RUN_OVERLAY) state.set({ watched: null });
  });
  return () => {
    unsubscribe();
    leave();
  };
}
