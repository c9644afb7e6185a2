/** What of one's own runs and waits: its place, why it waits, when it will start; to reorder and to cancel. */
import { useEffect, useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { ago, duration, full, NONE } from "../shared/format";
import { share, words } from "../shared/run/progress";
import { StateBadge } from "../shared/run/StateBadge";
import type { Queue, QueueRow } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { toast } from "../shared/ui/toast";
import { goal, neighbours, type Way } from "./queue";

const LOOK_MS = 2000;
const KINDS: Partial<Record<QueueRow["kind"], string>> = { train: "Training", check: "Check of a paper", profile: "Profile" };

export function QueuePage() {
  const [queue, setQueue] = useState<Queue | null>(null);
  const [fault, setFault] = useState("");
  const [round, setRound] = useState(0);
  useEffect(() => {
    let ended = false;
    const look = (): void => {
      api.get<Queue>("/api/runs/queue").then(
        (found) => {
          if (ended) return;
          setQueue(found);
          setFault("");
          count(found.items.length);
        },
        (error: unknown) => !ended && setFault(messageOf(error)),
      );
    };
    look();
    const timer = setInterval(() => document.visibilityState === "visible" && look(), LOOK_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [round]);

  const act = async (what: string, call: () => Promise<unknown>): Promise<void> => {
    try {
      await call();
    } catch (error) {
      toast({ kind: "bad", title: `Could not ${what}`, text: messageOf(error) });
    }
    setRound((old) => old + 1);
  };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Queue</h1>
          <p>What of yours runs and waits, in the order in which it is taken. People take turns; among your own runs the order is yours.</p>
        </div>
        {queue && <Places queue={queue} />}
      </div>
      {fault && <p className="note warn" role="alert">{fault} Trying again…</p>}
      {queue?.workers === 0 && (
        <p className="note bad" role="alert"><Icon name="alert" size={18} /><span><strong>No worker is running.</strong> Nothing is taken from the queue until Blockyard is started again, or on a server a worker. Nothing is lost.</span></p>
      )}
      {queue === null ? (
        !fault && <div className="card skeleton table-wait" aria-busy="true" />
      ) : queue.items.length === 0 ? (
        <div className="card empty">
          <strong>Nothing of yours waits or runs</strong>
          <span>Open a design and press Train, or run a check on a paper's page.</span>
          <a className="btn primary" href="/designs/new?zoo=lenet5">Open LeNet-5</a>
        </div>
      ) : (
        <ol className="queue" aria-label="Runs in the order in which they are taken">
          {queue.items.map((run) => <Entry key={run.id} run={run} items={queue.items} act={act} />)}
        </ol>
      )}
    </>
  );
}

/** The count in the navigation, which came with the page. */
function count(n: number): void {
  const badge = document.querySelector<HTMLElement>("[data-queue-count]");
  if (!badge) return;
  badge.textContent = String(n);
  badge.hidden = n === 0;
  badge.setAttribute("aria-label", `${n} waiting or running`);
}

function Places({ queue }: { queue: Queue }) {
  const own = queue.items.filter((run) => run.place !== null).length;
  return (
    <dl className="facts">
      <div title="Runs that go on at once, everybody's"><dt>Places taken</dt><dd>{full(queue.busy)}<span className="unit">of {full(queue.slots)}</span></dd></div>
      <div title="Everybody's"><dt>Waiting</dt><dd>{full(queue.waiting)}{queue.waiting > own && <span className="unit">{full(queue.waiting - own)} of others</span>}</dd></div>
      <div title="Workers that were heard of lately"><dt>Workers</dt><dd>{queue.workers === null ? NONE : full(queue.workers)}</dd></div>
    </dl>
  );
}

interface EntryProps {
  run: QueueRow;
  items: readonly QueueRow[];
  act: (what: string, call: () => Promise<unknown>) => Promise<void>;
}

function Entry({ run, items, act }: EntryProps) {
  const waits = run.place !== null;
  const done = share(run.progress);
  const move = (way: Way): Promise<void> => act("move it", () => api.post(`/api/runs/${run.id}/move`, { before: goal(run, items, way) }));
  const { before, after } = neighbours(run, items);
  return (
    <li className="card queue-entry" data-run={run.id}>
      <span className="queue-place num" title={waits ? "Its place among everybody's" : "It runs"}>{waits ? full(run.place) : <Icon name="play" label="Runs" />}</span>
      <div className="queue-what">
        <p><a href={run.url}><strong>{run.name}</strong></a> <StateBadge run={run} />{run.priority !== 0 && <span className="badge warn" title="Set by an administrator; it goes before place and turns">priority {run.priority}</span>}</p>
        {waits ? (
          <p className="muted">{run.reason?.message} {run.reason?.remedy}</p>
        ) : (
          <div className="row">
            <div className={`progress grow ${done === null ? "idle" : ""}`} role="progressbar" aria-label={`Progress of ${run.name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round((done ?? 0) * 100)}><span style={{ transform: `scaleX(${done ?? 1})` }} /></div>
            <span className="num muted">{words(run.progress) || (run.kind === "train" ? "starting" : "measuring")}</span>
          </div>
        )}
        <p className="hint">
          {[KINDS[run.kind] ?? run.kind, run.design && `${run.design.name} v${run.design.version}`, run.dataset?.name, waits ? `queued ${ago(run.queued)}` : `started ${ago(run.started)}`, waits && (run.starts_s === null ? "start not known yet" : run.starts_s < 5 ? "starts soon" : `starts in about ${duration(run.starts_s)}`)].filter(Boolean).join(" · ")}
        </p>
      </div>
      <div className="row queue-tools">
        {waits && (before || after) && (
          <>
            <button type="button" className="btn quiet small icon" disabled={!before} aria-label={`Take ${run.name} first of yours`} title="First of yours" onClick={() => void move("first")}><Icon name="first" /></button>
            <button type="button" className="btn quiet small icon" disabled={!before} aria-label={`Take ${run.name} sooner`} title="Sooner" onClick={() => void move("sooner")}><Icon name="up" /></button>
            <button type="button" className="btn quiet small icon" disabled={!after} aria-label={`Take ${run.name} later`} title="Later" onClick={() => void move("later")}><Icon name="down" /></button>
          </>
        )}
        <button type="button" className="btn small" disabled={run.desired === "cancel"} aria-label={`Cancel ${run.name}`} onClick={() => void act("cancel it", () => api.post(`/api/runs/${run.id}/cancel`))}><Icon name="stop" /> Cancel</button>
      </div>
    </li>
  );
}
