/** Two runs against each other: what differs in their designs, and what in their recipes. */
import { useState } from "react";
import { BeforeAfter } from "../editor/compare/BeforeAfter";
import { changedGraphs, changeOf, type Changes, isEqual, linesOf, otherLines } from "../editor/compare/merge";
import { api } from "../shared/api/client";
import type { ComparedRun, Schemas } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { useAsync } from "../shared/ui/useAsync";
import { flatten, settingLabel, varying } from "./recipes";

const MOST_LINES = 60;

export function Differences({ runs }: { runs: readonly ComparedRun[] }) {
  const [chosen, setChosen] = useState<[string, string]>(["", ""]);
  const find = (id: string): ComparedRun | undefined => runs.find((run) => run.id === id);
  const first = find(chosen[0]) ?? runs[0]!;
  const other = runs.find((run) => run.id !== first.id && run.design?.id !== first.design?.id) ?? runs.find((run) => run.id !== first.id)!;
  const second = find(chosen[1]) ?? other;
  const select = (label: string, run: ComparedRun, at: 0 | 1) => (
    <select className="select" aria-label={label} value={run.id} onChange={(event) => setChosen(at === 0 ? [event.target.value, second.id] : [first.id, event.target.value])}>
      {runs.map((item) => <option key={item.id} value={item.id}>{item.name}{item.design ? `, ${item.design.name} v${item.design.version}` : ""}</option>)}
    </select>
  );
  return (
    <section className="card" aria-labelledby="differences">
      <header className="wrap">
        <h2 id="differences">What differs</h2>
        <div className="row wrap differences-choice">
          {select("One run", first, 0)} <span aria-hidden="true">→</span> {select("The other run", second, 1)}
          <button type="button" className="btn quiet icon" aria-label="The other way round" title="The other way round" onClick={() => setChosen([second.id, first.id])}><Icon name="repeat" /></button>
        </div>
      </header>
      <div className="body differences">
        <Designs first={first} second={second} />
        <Recipes first={first} second={second} />
      </div>
    </section>
  );
}

const documentOf = async ({ id, version }: Schemas["DesignRef"], signal: AbortSignal): Promise<unknown> =>
  (await api.get<Schemas["VersionDetail"]>(`/api/designs/${id}/versions/${version}`, { signal })).design;

function Designs({ first, second }: { first: ComparedRun; second: ComparedRun }) {
  const [before, after] = [first.design!, second.design!];
  const same = before.id === after.id && before.version === after.version;
  const data = first.dataset && first.dataset.id === second.dataset?.id ? first.dataset.id : null;
  const answer = useAsync(async (signal) => {
    if (same) return null;
    const documents = await Promise.all([documentOf(before, signal), documentOf(after, signal)]);
    return api.post<Schemas["CompareOut"]>("/api/compare", { before: documents[0], after: documents[1], dataset: data }, { signal });
  }, [before.id, before.version, after.id, after.version, data]);
  return (
    <section aria-labelledby="designs">
      <h3 id="designs">Designs</h3>
      {same ? (
        <p className="muted">Both trained {before.name} v{before.version}.</p>
      ) : answer.fault ? (
        <p className="note bad" role="alert">{answer.fault}</p>
      ) : !answer.data ? (
        <p className="muted"><span className="spinner" /> Comparing …</p>
      ) : (
        <div className="stack">
          <BeforeAfter {...answer.data} />
          {isEqual(answer.data.changes) ? <p className="muted">Both mean the same: no node, wire, parameter or variable differs.</p> : <Lines changes={answer.data.changes} />}
          <p><a className="btn" href={`/designs/${after.id}?version=${after.version}&compare=${before.id}@${before.version}`}><Icon name="graph" /> Draw the difference</a></p>
        </div>
      )}
    </section>
  );
}

interface Line {
  sign: "+" | "−" | "~";
  text: string;
}

function linesOfAll(changes: Changes): Line[] {
  const graphs = changedGraphs(changes).flatMap((key): Line[] => {
    const [change, where] = [changeOf(changes, key), key === null ? "" : `${key}: `];
    const state = key === null ? "changed" : changes.groups?.[key]?.state;
    if (state && state !== "changed") return [{ sign: state === "added" ? "+" : "−", text: `group ${key}` }];
    const { nodes, edges } = change ?? {};
    const wires = (edges?.added.length ?? 0) + (edges?.removed.length ?? 0);
    return [
      ...(nodes?.removed ?? []).map((id): Line => ({ sign: "−", text: where + id })),
      ...(nodes?.added ?? []).map((id): Line => ({ sign: "+", text: where + id })),
      ...Object.entries(nodes?.changed ?? {}).map(([id, change]): Line => ({ sign: "~", text: `${where}${id}: ${linesOf(change).join("; ")}` })),
      ...(wires ? [{ sign: "~", text: `${where}wires: ${edges!.added.length} added, ${edges!.removed.length} removed` } satisfies Line] : []),
    ];
  });
  return [...otherLines(changes).map((text): Line => ({ sign: "~", text })), ...graphs];
}

function Lines({ changes }: { changes: Changes }) {
  const lines = linesOfAll(changes);
  return (
    <>
      <ul className="difference-lines mono" tabIndex={0} aria-label="What differs in the designs">
        {lines.slice(0, MOST_LINES).map(({ sign, text }, at) => <li key={at} data-sign={sign}><b>{sign}</b> {text}</li>)}
      </ul>
      {lines.length > MOST_LINES && <p className="muted">{lines.length - MOST_LINES} more; the drawing has all of them.</p>}
    </>
  );
}

function Recipes({ first, second }: { first: ComparedRun; second: ComparedRun }) {
  const flats = [flatten(first.recipe), flatten(second.recipe)] as const;
  const names = varying(flats);
  return (
    <section aria-labelledby="recipes">
      <h3 id="recipes">Recipes</h3>
      {names.length === 0 ? (
        <p className="muted">Both were trained by the same recipe.</p>
      ) : (
        <div className="scroll-x">
          <table className="table">
            <thead><tr><th>Setting</th><th>{first.name}</th><th>{second.name}</th></tr></thead>
            <tbody>{names.map((name) => <tr key={name}><th scope="row">{settingLabel(name)}</th>{flats.map((flat, at) => <td key={at}>{flat[name] ?? <span className="muted">not there</span>}</td>)}</tr>)}</tbody>
          </table>
        </div>
      )}
      {first.dataset?.id !== second.dataset?.id && <p className="note warn">The data differ, too: {first.dataset?.name} and {second.dataset?.name}.</p>}
    </section>
  );
}
