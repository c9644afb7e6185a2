import { useMemo } from "react";
import { useAsync } from "@shared/ui/useAsync";
import { addNext, choices } from "../actions/add";
import { openHelp } from "../actions/help";
import { value as show } from "../model/format";
import type { Entry, Schema } from "../model/registry";
import { Icon } from "../parts/Icon";
import { familyStyle } from "../parts/family";
import * as server from "../state/server";
import { Figure } from "./Figure";
import { FormulaView } from "./FormulaView";
import { Shapes } from "./Shapes";
import { afterFirst } from "./prose";

/** All that is known of a block: what it computes, its shapes and parameters, what is inside, its paper. */
export function BlockHelp({ entry, path }: { entry: Entry; path: string | undefined }) {
  const help = useAsync((signal) => server.blockHelp(entry.id, signal), [entry.id]);
  const rest = afterFirst(entry.doc, entry.help);
  const params = Object.entries(entry.schema.properties ?? {});
  const inside = help.data?.inside;
  return (
    <div className="ed-help">
      <header style={familyStyle(entry.family)}>
        <span className="ed-swatch" aria-hidden="true" />
        <p className="ed-help-lead">{entry.help}</p>
        {path === undefined && <AddButton id={entry.id} />}
      </header>
      {entry.formula && <FormulaView formula={entry.formula} mathml={help.data?.formula ?? null} />}
      {rest && <p className="ed-help-text">{rest}</p>}
      <section>
        <h3>Shapes</h3>
        <Shapes inputs={entry.ports.inputs} outputs={entry.ports.outputs} path={path} />
      </section>
      {inside && <Inside inside={inside} />}
      {params.length > 0 && <Params params={params} required={entry.schema.required ?? []} />}
      {entry.source && <Paper source={entry.source} />}
      {entry.tags.length > 0 && <p className="row wrap" aria-label="Tags">{entry.tags.map((tag) => <span key={tag} className="badge">{tag}</span>)}</p>}
    </div>
  );
}

function AddButton({ id }: { id: string }) {
  const add = () => {
    const choice = choices().find((one) => one.key === `block:${id}`);
    openHelp(null);
    if (choice) addNext(choice);
  };
  return <button type="button" className="btn small" onClick={add}><Icon name="plus" size={14} /> Add</button>;
}

function Inside({ inside }: { inside: NonNullable<server.BlockHelp["inside"]> }) {
  const wires = useMemo(() => inside.edges.map(({ from = "", to = "" }) => ({ from, to })), [inside]);
  return (
    <section>
      <h3>Inside</h3>
      <Figure label="What is inside" parts={inside.parts} wires={wires} />
    </section>
  );
}

function Params({ params, required }: { params: [string, Schema][]; required: string[] }) {
  const start = (name: string, schema: Schema): string => {
    const follows = schema["x-follows"];
    if (follows) return `follows ${follows.dim} of ${follows.port}`;
    return required.includes(name) ? "must be given" : show(schema.default ?? null);
  };
  return (
    <section>
      <h3>Parameters</h3>
      <table className="ed-help-table">
        <thead>
          <tr><th scope="col">Name</th><th scope="col">By default</th><th scope="col">What it is</th></tr>
        </thead>
        <tbody>
          {params.map(([name, schema]) => (
            <tr key={name}>
              <td className="mono">{name}</td>
              <td>{start(name, schema)}</td>
              <td>{schema.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Paper({ source }: { source: NonNullable<Entry["source"]> }) {
  return (
    <section>
      <h3>Paper</h3>
      <p>
        {source.url ? <a href={source.url} target="_blank" rel="noreferrer noopener">{source.title}</a> : <cite>{source.title}</cite>}
        <span className="muted">. {source.authors}, {source.year}.</span>
      </p>
    </section>
  );
}
