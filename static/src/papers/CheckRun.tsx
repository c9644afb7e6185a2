/** Running a check: the button, what it does while it goes on, and its end; the verdict itself is in the page beside it. */
import { useEffect, useId, useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { duration, sentence } from "../shared/format";
import { Log } from "../shared/run/Log";
import { spent } from "../shared/run/progress";
import { isActive, StateBadge } from "../shared/run/StateBadge";
import { useRun } from "../shared/run/useRun";
import type { RunDetail, Schemas } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { fetchPage, takeOver } from "./page";

interface Need {
  name: string;
  found: string;
  fault: string;
  mine: { id: string; name: string }[];
}

export interface CheckData {
  name: string;
  /** How long it takes where the project's own result comes from, or about; 0 where nobody knows. */
  seconds: number;
  again: boolean;
  needs: Need[];
  run: RunDetail | null;
}

export function CheckRun({ paper, check }: { paper: string; check: CheckData }) {
  const [run, setRun] = useState(check.run);
  const [again, setAgain] = useState(check.again);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const [data, setData] = useState<Record<string, string>>(() => Object.fromEntries(check.needs.map((need) => [need.name, need.found])));
  const start = async (): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      const chosen = Object.fromEntries(Object.entries(data).filter(([, id]) => id));
      const started = await api.post<Schemas["CheckStarted"]>(`/api/papers/${paper}/checks/${check.name}`, { data: chosen });
      setRun(await api.get<RunDetail>(`/api/runs/${started.id}`));
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const ended = async (state: string): Promise<void> => {
    if (state !== "done") return;
    takeOver(await fetchPage(location.pathname), `[data-found="${check.name}"]`);
    setAgain(true);
  };
  const under = run !== null && isActive(run.state);
  return (
    <div className="stack check-run">
      {check.needs.map((need) => <Choose key={need.name} need={need} chosen={data[need.name] ?? ""} onChoose={(id) => setData({ ...data, [need.name]: id })} />)}
      {run && <Following key={run.id} first={run} seconds={check.seconds} onChange={setRun} onEnd={ended} />}
      {!under && (
        <div className="row wrap">
          <button type="button" className="btn small" disabled={busy} onClick={() => void start()}>
            {busy ? <span className="spinner" /> : <Icon name="play" />} {again ? "Run it again here" : "Run it here"}
          </button>
          {check.seconds > 0 && <span className="muted">took {duration(check.seconds)} on the project’s machine</span>}
        </div>
      )}
      {fault && <p className="note bad" role="alert">{fault}</p>}
    </div>
  );
}

function Choose({ need, chosen, onChoose }: { need: Need; chosen: string; onChoose: (id: string) => void }) {
  const id = useId();
  if (!need.fault && !need.mine.length) return null;
  return (
    <div className="field">
      <label htmlFor={id}>Data for {need.name}</label>
      <select id={id} className="select" value={chosen} onChange={(event) => onChoose(event.target.value)}>
        <option value="">{need.fault ? "None yet" : "Built in"}</option>
        {need.mine.map((row) => <option key={row.id} value={row.id}>{row.name}</option>)}
      </select>
      {need.fault && <p className="hint">{need.fault} <a href="/datasets/">Data</a></p>}
    </div>
  );
}

function Following({ first, seconds, onChange, onEnd }: { first: RunDetail; seconds: number; onChange: (run: RunDetail) => void; onEnd: (state: string) => Promise<void> }) {
  const { live, refresh, fault } = useRun(first);
  const { run } = live;
  const active = isActive(run.state);
  const [asked, setAsked] = useState(false);
  useTick(active);
  useEffect(() => {
    onChange(run);
    if (isActive(first.state) && !isActive(run.state)) void onEnd(run.state);
  }, [run.state]);
  const gone = spent(run, Date.now()) ?? 0;
  const cancel = async (): Promise<void> => {
    setAsked(true);
    await api.post(`/api/runs/${run.id}/cancel`).then(refresh, () => setAsked(false));
  };
  return (
    <div className="stack" aria-live="polite">
      <div className="row wrap">
        <StateBadge run={run} />
        {active && (
          <>
            <span className="muted num">{run.state === "queued" ? waiting(run) : `${duration(gone)}${seconds > 0 ? ` of about ${duration(seconds)}` : ""}`}</span>
            <button type="button" className="btn small" disabled={asked || run.desired === "cancel"} onClick={() => void cancel()}>
              <Icon name="stop" /> Cancel
            </button>
          </>
        )}
      </div>
      {active && (
        <div className={`progress ${run.state === "running" && seconds === 0 ? "idle" : ""}`} role="progressbar" aria-label="Time against what the check took before" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(shareOf(gone, seconds) * 100)}>
          <span style={{ transform: `scaleX(${seconds > 0 ? shareOf(gone, seconds) : 1})` }} />
        </div>
      )}
      {fault && <p className="note warn" role="alert">{fault} Trying again…</p>}
      {run.error && <p className="note bad" role="alert"><span><strong>{sentence(run.error.message)}</strong> {sentence(run.error.remedy ?? "")}</span></p>}
      {(active || run.state === "failed") && live.log.length > 0 && <Log lines={live.log} />}
    </div>
  );
}

/** Never quite full: another machine may need longer. */
const shareOf = (gone: number, seconds: number): number => (seconds > 0 ? Math.min(0.97, gone / seconds) : 0);

const waiting = (run: RunDetail): string => (run.ahead ? `${run.ahead} before it; ` : "") + "nothing else runs beside a check";

function useTick(on: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => tick((old) => old + 1), 1000);
    return () => clearInterval(timer);
  }, [on]);
}
