/** All runs: state, figures, when; search and filters; live enough that one need not reload. */
import { useEffect, useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { ago, duration, NONE } from "../shared/format";
import { EditableName, Labels } from "../shared/list/Labels";
import { ListEnd, ListTools, NothingFound } from "../shared/list/ListTools";
import { intoTrash } from "../shared/list/trash";
import { useList } from "../shared/list/useList";
import { headline, share, spent } from "../shared/run/progress";
import { isActive, StateBadge } from "../shared/run/StateBadge";
import type { Listing, RunCreated, RunRow, RunState } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { toast } from "../shared/ui/toast";
import { deletedWith } from "./Actions";

const STATES: [RunState | "", string][] = [["", "All"], ["running", "Running"], ["queued", "Queued"], ["done", "Done"], ["failed", "Failed"], ["cancelled", "Cancelled"]];
const KINDS: [RunRow["kind"] | "", string][] = [["", "Every kind"], ["train", "Trainings"], ["check", "Checks of papers"], ["profile", "Profiles"], ["import", "Imported models"]];
const FILTERS = ["q", "tag", "sort", "state", "kind", "design", "dataset"];
const key = (run: RunRow): string => run.id;

export function RunList({ first }: { first: Listing<RunRow> }) {
  const list = useList({ path: "/api/runs", first, key, filters: FILTERS });
  const { rows, find, narrow, look } = list;
  const active = !!rows?.some((run) => isActive(run.state));
  const [ticked, setTicked] = useState<string[]>([]);
  const narrowed = FILTERS.some((name) => name !== "sort" && find[name]);

  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && void look(), active ? 2000 : 10_000);
    return () => clearInterval(timer);
  }, [active, look]);

  return (
    <>
      <div className="page-head">
        <div>
          <h1>Runs</h1>
          <p>Every training, every profile, every check of a paper and every imported model whose weights were kept.</p>
        </div>
        <div className="segments" role="group" aria-label="State">
          {STATES.map(([value, word]) => (
            <button key={value} type="button" aria-pressed={(find.state ?? "") === value} onClick={() => narrow({ state: value })}>{word}</button>
          ))}
        </div>
      </div>
      <ListTools list={list} what="runs" usual="newest">
        <select className="select" aria-label="Kind" value={find.kind ?? ""} onChange={(event) => narrow({ kind: event.target.value })}>
          {KINDS.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
        </select>
      </ListTools>
      {(find.design || find.dataset) && (
        <p className="note info list-note">
          <span className="grow">Runs of one {find.design ? "design" : "data set"} only{rows?.[0] && `: ${(find.design ? rows[0].design : rows[0].dataset)?.name ?? ""}`}.</span>
          <button type="button" className="btn small" onClick={() => narrow({ design: "", dataset: "" })}>Show all</button>
        </p>
      )}
      {rows === null ? (
        <div className="card skeleton table-wait" aria-busy="true" />
      ) : rows.length === 0 ? (
        narrowed ? (
          <NothingFound list={list} filters={FILTERS} />
        ) : (
          <div className="card empty">
            <strong>Nothing has been trained yet</strong>
            <span>Open a design and press Train.</span>
            <a className="btn primary" href="/designs/new?zoo=lenet5">Open LeNet-5</a>
          </div>
        )
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
                <th><span className="visually-hidden">Actions</span></th>
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
                    <td>
                      <EditableName<RunRow> name={run.name} path={`/api/runs/${run.id}`} onChange={list.change}><a className="run-link" href={run.url}>{run.name}</a></EditableName>
                      <Labels<RunRow> row={run} name={run.name} path={`/api/runs/${run.id}`} known={Object.keys(list.tags)} list="/runs/" onTag={(tag) => narrow({ tag })} onChange={list.change} />
                    </td>
                    <td><StateBadge run={run} /></td>
                    <td className="wide-only">
                      <div className="row">
                        <div className={`progress grow ${run.state}`} role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(done * 100)} aria-label="Progress"><span style={{ transform: `scaleX(${done})` }} /></div>
                        <span className="num muted percent">{unknown ? NONE : `${Math.floor(done * 100)} %`}</span>
                      </div>
                    </td>
                    <td className="right num"><Best run={run} /></td>
                    <td className="wide-only">{run.design ? <><Named of={run.design} /> <span className="muted">v{run.design.version}</span></> : NONE}</td>
                    <td className="wide-only">{run.dataset ? <Named of={run.dataset} /> : NONE}</td>
                    <td className="right num wide-only">{duration(spent(run, Date.now()))}</td>
                    <td className="right num muted wide-only" title={run.started ? new Date(run.started).toLocaleString() : ""}>{ago(run.started ?? run.created)}</td>
                    <td>
                      <div className="row-actions">
                        {run.design?.url && run.dataset?.url && <Again run={run} onStarted={() => void look()} />}
                        <button type="button" className="btn quiet small icon" aria-label={`Delete ${run.name}`} title="Into the trash" onClick={() => void intoTrash({ kind: "run", id: run.id, name: run.name, text: deletedWith(run) }, () => list.drop(run), () => void look())}>
                          <Icon name="trash" />
                        </button>
                      </div>
                    </td>
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
      <ListEnd list={list} what={["run", "runs"]} />
    </>
  );
}

/** A link, or the name alone of what is in the trash. */
function Named({ of }: { of: { name: string; url: string | null } }) {
  return of.url ? <a href={of.url}>{of.name}</a> : <span className="muted" title="In the trash">{of.name}</span>;
}

/** The same design, data and recipe once more, at once. */
function Again({ run, onStarted }: { run: RunRow; onStarted: () => void }) {
  const [busy, setBusy] = useState(false);
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      const made = await api.post<RunCreated>(`/api/runs/${run.id}/rerun`);
      toast({ kind: "ok", title: `${run.name} runs again`, text: "The same design, data and recipe.", action: { label: "Watch it", href: made.url } });
      onStarted();
    } catch (error) {
      toast({ kind: "bad", title: "Could not run it again", text: messageOf(error) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" className="btn quiet small icon wide-action" disabled={busy} aria-label={`Run ${run.name} again`} title="Run again: same design, data, recipe" onClick={() => void start()}>
      {busy ? <span className="spinner" /> : <Icon name="repeat" />}
    </button>
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
