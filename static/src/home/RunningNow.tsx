/** What is running, live: progress comes by each run's socket, new runs are looked for every few seconds. */
import { useEffect, useRef, useState } from "react";
import { api } from "../shared/api/client";
import { headline, share, words } from "../shared/run/progress";
import { isActive, StateBadge } from "../shared/run/StateBadge";
import { Feed } from "../shared/socket/feed";
import { merge } from "../shared/run/merge";
import type { Listing, RunRow } from "../shared/types";

const LOOK_MS = 8000;

export function RunningNow({ first }: { first: RunRow[] }) {
  const [runs, setRuns] = useState(first);
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      void Promise.all((["queued", "running", "lost"] as const).map((state) => api.get<Listing<RunRow>>("/api/runs", { query: { state, limit: 10 } }))).then(
        (found) =>
          setRuns((old) => {
            const now = found.flatMap((list) => list.items);
            const kept = old.filter((run) => !isActive(run.state) && !now.some((item) => item.id === run.id));
            return [...now.map((run) => old.find((item) => item.id === run.id && item.last_seq > run.last_seq) ?? run), ...kept];
          }),
        () => undefined,
      );
    };
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  if (!runs.length) return null;
  return (
    <section className="section first" aria-labelledby="running">
      <div className="spread">
        <h2 id="running">Running now</h2>
        <a href="/runs/">All runs</a>
      </div>
      <ul className="running">
        {runs.map((run) => (
          <Running key={run.id} run={run} onChange={(next) => setRuns((old) => old.map((item) => (item.id === next.id ? next : item)))} />
        ))}
      </ul>
    </section>
  );
}

function Running({ run, onChange }: { run: RunRow; onChange: (run: RunRow) => void }) {
  const now = useRef(run);
  now.current = run;
  const active = isActive(run.state);
  useEffect(() => {
    if (!active) return;
    const feed = new Feed({
      path: `/ws/runs/${run.id}/`,
      after: now.current.last_seq,
      onEvents: (events, seq) => onChange({ ...merge(now.current, events), last_seq: seq }),
      onReset: async () => {
        const fresh = await api.get<RunRow>(`/api/runs/${run.id}`);
        onChange(fresh);
        return fresh.last_seq;
      },
    });
    return () => feed.close();
  }, [run.id, active]);
  const done = run.state === "done" ? 1 : share(run.progress);
  const figure = headline(run);
  return (
    <li className="card running-card">
      <a href={run.url}>
        <div className="spread">
          <h3 className="ellipsis">{run.name}</h3>
          <StateBadge run={run} />
        </div>
        <div className={`progress ${run.state === "running" && done === null ? "idle" : ""}`} role="progressbar" aria-label={`Progress of ${run.name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round((done ?? 0) * 100)}>
          <span style={{ transform: `scaleX(${done ?? (run.state === "running" ? 1 : 0)})` }} />
        </div>
        <div className="spread muted">
          <span className="ellipsis">{words(run.progress) || (run.state === "queued" ? "waits for a worker" : run.kind === "check" || run.kind === "profile" ? "measuring" : "starting")}</span>
          {figure && <span className="num" title={figure.label}>{figure.text}</span>}
        </div>
      </a>
    </li>
  );
}
