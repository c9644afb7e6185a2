/** All runs: state, figures, when; filters; live enough that one need not reload. */
import { useEffect, useState } from "react";
import { api } from "../shared/api/client";
import { ago, duration, NONE } from "../shared/format";
import { headline, share, spent } from "../shared/run/progress";
import { isActive, StateBadge } from "../shared/run/StateBadge";
import type { Listing, RunRow, RunState } from "../shared/types";

const STATES: [RunState | "", string][] = [["", "All"], ["running", "Running"], ["queued", "Queued"], ["done", "Done"], ["failed", "Failed"], ["cancelled", "Cancelled"]];
const PAGE = 50;

export function RunList({ first }: { first: RunRow[] }) {
  const [state, setState] = useState<RunState | "">("");
  // Null while another state's runs are on their way.
  const [rows, setRows] = useState<RunRow[] | null>(first);
  const [next, setNext] = useState<number | null>(first.length >= 100 ? 100 : null);
  const active = !!rows?.some((run) => isActive(run.state));
  const [touched, setTouched] = useState(false);
  const [ticked, setTicked] = useState<string[]>([]);

  useEffect(() => {
    let ended = false;
    const look = (): void => {
      void api.get<Listing<RunRow>>("/api/runs", { query: { state: state || null, limit: PAGE } }).then(
        (list) => {
          if (ended) return;
          // The newest page is as the server says; older rows that were loaded before stay below it.
          const oldest = list.items.at(-1)?.created ?? "";
          setRows((old) => [...list.items, ...(list.next === null ? [] : (old ?? []).filter((run) => run.created < oldest))]);
          setNext((old) => (list.next === null ? null : Math.max(old ?? 0, list.next)));
        },
        () => undefined,
      );
    };
    if (touched) look();
    const timer = setInterval(() => document.visibilityState === "visible" && look(), active ? 2000 : 10_000);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [state, active, touched]);

  const more = async (): Promise<void> => {
    const list = await api.get<Listing<RunRow>>("/api/runs", { query: { state: state || null, limit: PAGE, offset: next } });
    setRows((old) => [...(old ?? []), ...list.items.filter((run) => !old?.some((item) => item.id === run.id))]);
    setNext(list.next);
  };

  return (
    <>
      <div className="page-head">
        <div>
          <h1>Runs</h1>
          <p>Every training, every check of a paper and every imported model whose weights were kept, the newest first.</p>
        </div>
        <div className="segments" role="group" aria-label="State">
          {STATES.map(([value, word]) => (
            <button
              key={value}
              type="button"
              aria-pressed={state === value}
              onClick={() => {
                setTouched(true);
                setState(value);
                setRows(null);
                setNext(null);
              }}
            >
              {word}
            </button>
          ))}
        </div>
      </div>
      {rows === null ? (
        <div className="card skeleton table-wait" aria-busy="true" />
      ) : rows.length === 0 ? (
        <div className="card empty">
          <strong>{state ? `No runs that are ${state}` : "Nothing has been trained yet"}</strong>
          <span>Open a design and press Train.</span>
          <a className="btn primary" href="/designs/new?zoo=lenet5">Open LeNet-5</a>
        </div>
      ) : (
        <div className="card scroll-x">
          <table className="table run-table">
            <thead>
              <tr>
                <th><span className="visually-hidden">Compare</span></th>
                <th>Run</th>
                <th>State</th>
                <th className="progress-column wide-only">Progress</th>
                <th className="right">Best</th>
                <th className="wide-only">Design</th>
                <th className="wide-only">Data</th>
                <th className="right wide-only">Duration</th>
                <th className="right wide-only">Started</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((run) => {
                const done = run.state === "done" ? 1 : (share(run.progress) ?? 0);
                // How far a check is, nobody knows.
                const unknown = run.kind === "check" && done < 1;
                return (
                  <tr key={run.id}>
                    <td className="tick">{run.kind === "train" && <input type="checkbox" aria-label={`Compare ${run.name}`} checked={ticked.includes(run.id)} onChange={() => setTicked((old) => (old.includes(run.id) ? old.filter((id) => id !== run.id) : [...old, run.id]))} />}</td>
                    <td><a className="run-link" href={run.url}>{run.name}</a></td>
                    <td><StateBadge run={run} /></td>
                    <td className="wide-only">
                      <div className="row">
                        <div className={`progress grow ${run.state}`} role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(done * 100)} aria-label="Progress"><span style={{ transform: `scaleX(${done})` }} /></div>
                        <span className="num muted percent">{unknown ? NONE : `${Math.floor(done * 100)} %`}</span>
                      </div>
                    </td>
                    <td className="right num"><Best run={run} /></td>
                    <td className="wide-only">{run.design ? <><a href={run.design.url}>{run.design.name}</a> <span className="muted">v{run.design.version}</span></> : NONE}</td>
                    <td className="wide-only">{run.dataset ? <a href={run.dataset.url}>{run.dataset.name}</a> : NONE}</td>
                    <td className="right num wide-only">{duration(spent(run, Date.now()))}</td>
                    <td className="right num muted wide-only" title={run.started ? new Date(run.started).toLocaleString() : ""}>{ago(run.started ?? run.created)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {ticked.length > 0 && (
        <div className="card ticked" role="status">
          <span>{ticked.length} {ticked.length === 1 ? "run" : "runs"} ticked</span>
          <button type="button" className="btn quiet" onClick={() => setTicked([])}>Untick</button>
          <a className="btn primary" href={`/compare?runs=${ticked.join(",")}`}>Compare</a>
        </div>
      )}
      {next !== null && rows !== null && rows.length > 0 && (
        <p className="more"><button type="button" className="btn" onClick={() => void more()}>Show more</button></p>
      )}
    </>
  );
}

/** Accuracy speaks for itself; any other figure says what it is. */
function Best({ run }: { run: RunRow }) {
  const figure = headline(run);
  if (!figure) return NONE;
  return (
    <>
      {!figure.label.includes("accuracy") && <span className="muted">{figure.label} </span>}
      {figure.text}
    </>
  );
}
