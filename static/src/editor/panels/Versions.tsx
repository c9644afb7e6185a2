import { useState } from "react";
import { useAsync } from "@shared/ui/useAsync";
import { compareWith } from "../actions/compare";
import { restoreVersion, saveVersion } from "../actions/files";
import { ago, count } from "../model/format";
import * as server from "../state/server";
import { editor, useEditor } from "../state/store";

/** The saved versions, newest first, over a draft that saves itself. */
export function Versions() {
  const designId = useEditor((state) => state.designId);
  const version = useEditor((state) => state.version);
  const log = useEditor((state) => state.history.log);
  const undone = useEditor((state) => state.history.undone);
  const [name, setName] = useState("");
  const list = useAsync(() => (designId ? server.versions(designId) : Promise.resolve(null)), [designId, version]);
  const rows = [...(list.data?.items ?? [])].sort((a, b) => b.version - a.version);
  const save = async () => {
    if (await saveVersion(name.trim())) setName("");
  };
  return (
    <div className="ed-panel-body stack">
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <input className="input" placeholder="Name this version" aria-label="Name of the new version" value={name} onChange={(event) => setName(event.target.value)} />
        <button type="submit" className="btn">Save</button>
      </form>
      <p className="muted">The draft saves itself. A version is a state to come back to; training saves one too.</p>
      {list.fault && <p className="note bad">{list.fault}</p>}
      <ul className="ed-versions">
        {rows.map((row) => (
          <li key={row.version}>
            <div className="grow">
              <strong>{row.name || `Version ${row.version}`}</strong>
              <p className="muted">
                v{row.version}, {ago(row.created)}
                {row.params !== null && <>, {count(row.params)} params</>}
                {row.runs > 0 && <>, {row.runs} run{row.runs === 1 ? "" : "s"}</>}
              </p>
            </div>
            <button type="button" className="btn small" aria-label={`Compare version ${row.version} with the draft`} onClick={() => void compareWith({ kind: "version", number: row.version })}>Compare</button>
            <button type="button" className="btn small" onClick={() => void restoreVersion(row.version)}>Restore</button>
          </li>
        ))}
      </ul>
      {!designId && <p className="muted">This design is not stored yet; your first change stores it.</p>}
      <OtherDesign />
      <section aria-label="Steps of this session">
        <h3>Steps</h3>
        <ol className="ed-steps" reversed>
          {[...undone].map((entry, at) => (
            <li key={`u${at}`} className="undone">
              <button type="button" className="ed-link" onClick={() => { for (let n = undone.length - at; n > 0; n--) editor.getState().redo(); }}>{entry.label}</button>
            </li>
          ))}
          {[...log].reverse().slice(0, 40).map((entry, at) => (
            <li key={log.length - at} aria-current={at === 0 ? "step" : undefined}>
              <button type="button" className="ed-link" onClick={() => { for (let n = 0; n < at; n++) editor.getState().undo(); }}>{entry.label}</button>
            </li>
          ))}
        </ol>
        {!log.length && !undone.length && <p className="muted">Nothing done yet.</p>}
      </section>
    </div>
  );
}

/** Another design of mine, or one of the zoo, to hold the draft against. */
function OtherDesign() {
  const own = useEditor((state) => state.designId);
  const mine = useAsync(server.designs, []);
  const zoo = useAsync(server.zoo, []);
  return (
    <label className="field">
      Compare with another design
      <select
        className="select"
        value=""
        onChange={(event) => {
          const [kind, id] = event.target.value.split(":") as ["design" | "zoo", string];
          void compareWith({ kind, id });
        }}
      >
        <option value="" disabled>choose one</option>
        <optgroup label="My designs">{mine.data?.items.filter((row) => row.id !== own).map((row) => <option key={row.id} value={`design:${row.id}`}>{row.name}</option>)}</optgroup>
        <optgroup label="Published">{zoo.data?.items.map((row) => <option key={row.id} value={`zoo:${row.id}`}>{row.title}</option>)}</optgroup>
      </select>
    </label>
  );
}
