/** Load a run's snapshot, follow its events, draw at most once a frame. */
import { useEffect, useRef, useState } from "react";
import { api, messageOf } from "../api/client";
import { Feed, type Line } from "../socket/feed";
import type { FeedEvent } from "../socket/sequence";
import type { MetricsOut, RunDetail } from "../types";
import { apply, begin, snapshot, type Live } from "./live";

export interface Following {
  live: Live;
  line: Line;
  loaded: boolean;
  fault: string;
  /** Take over a fresh row after an action of ours. */
  refresh: () => Promise<void>;
}

export function useRun(first: RunDetail): Following {
  const [live, setLive] = useState<Live>(() => begin(first));
  const [line, setLine] = useState<Line>("connecting");
  const [loaded, setLoaded] = useState(false);
  const [fault, setFault] = useState("");
  const newest = useRef(live);
  /** The row as the server has it; none where events came meanwhile that know better. */
  const newestRow = async (): Promise<RunDetail | null> => {
    for (let tries = 0; tries < 3; tries += 1) {
      const run = await api.get<RunDetail>(`/api/runs/${first.id}`);
      if (run.last_seq >= newest.current.seq) return run;
    }
    return null;
  };

  useEffect(() => {
    let frame = 0;
    let feed: Feed | null = null;
    let ended = false;
    const show = (next: Live): void => {
      newest.current = next;
      // Ten batches a second need not be ten drawings; a hidden tab draws none, yet its title must go on.
      if (document.visibilityState !== "visible") setLive(next);
      else if (!frame) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          setLive(newest.current);
        });
      }
    };
    const load = async (): Promise<number> => {
      const [metrics, run] = await Promise.all([api.get<MetricsOut>(`/api/runs/${first.id}/metrics`), api.get<RunDetail>(`/api/runs/${first.id}`)]);
      if (!ended) {
        show(snapshot(run, metrics));
        setLoaded(true);
        setFault("");
      }
      return metrics.seq;
    };
    const events = (list: FeedEvent[], seq: number): void => {
      if (ended) return;
      show(apply(newest.current, list, seq));
      // The row has what no event carries (demos, the place in the queue, whether it can be resumed).
      if (list.some((event) => event.type === "end" || event.type === "state" || event.type === "result")) void refreshRow();
    };
    const refreshRow = async (): Promise<void> => {
      const run = await newestRow();
      if (!ended && run) show({ ...newest.current, run });
    };
    const start = async (): Promise<void> => {
      try {
        const seq = await load();
        if (!ended) feed = new Feed({ path: `/ws/runs/${first.id}/`, after: seq, onEvents: events, onReset: load, onLine: setLine });
      } catch (error) {
        if (!ended) {
          setFault(messageOf(error));
          setTimeout(() => !ended && void start(), 3000);
        }
      }
    };
    void start();
    return () => {
      ended = true;
      feed?.close();
      cancelAnimationFrame(frame);
    };
  }, [first.id]);

  const refresh = async (): Promise<void> => {
    const run = await newestRow();
    if (!run) return;
    newest.current = { ...newest.current, run };
    setLive(newest.current);
  };
  return { live, line, loaded, fault, refresh };
}
