import { useMemo } from "react";
import { useAsync } from "@shared/ui/useAsync";
import { addNext, choices } from "../actions/add";
import { openHelp } from "../actions/help";
import { value as show } from "../model/format";
import type { Entry, Schema } from "../model/registry";
import { Icon } from "../parts/Icon";
import { familyStyle } from "../parts/family";
import { useEditor } from "../state/store";
import * as server from "../state/server";
import { Figure } from "./Figure";
import { figureOf } from "./GroupHelp";
import { FormulaView } from "./FormulaView";
import { Shapes } from "./Shapes";
import { afterFirst } from "./prose";

/** All that is known of a block: what it computes, its shapes and parameters, what is inside, its paper. */
export function BlockHelp({ entry, path }: { entry: Entry; path: string | undefined }) {
  const isBlock = entry.kind === "block";
  const help = useAsync((signal) => (isBlock ? server.blockHelp(entry.id, signal) : Promise.resolve(null)), [entry.id]);
  const rest = afterFirst(entry.doc, entry.help);
  const params = Object.entries(entry.schema.properties ?? {});
  const inside = help.data?.inside;
  return (
    <div className="ed-help">
      <header style={familyStyle(entry.family)}>
        <span className="ed-swatch" aria-hidden="true" />
        <p className="ed-help-lead">{entry.help}</p>
        {path === undefined && <AddButton entry={entry} />}
      </header>
      {entry.formula && <FormulaView formula={entry.formula} mathml={help.data?.formula ?? null} />}
      {rest && <p className="ed-help-text">{rest}</p>}
      <section>
        <h3>Shapes</h3>
        <Shapes inputs={entry.ports.inputs} outputs={entry.ports.outputs} path={path} />
      </section>
      {inside && <Inside inside={inside} />}
      {!isBlock && <Made id={entry.id} />}
      {params.length > 0 && <Params params={params} required={entry.schema.required ?? []} />}
      {entry.source && <Paper source={entry.source} />}
      {help.data && help.data.papers.length > 0 && <Checked papers={help.data.papers} />}
      {entry.tags.length > 0 && <p className="row wrap" aria-label="Tags">{entry.tags.map((tag) => <span key={tag} className="badge">{tag}</span>)}</p>}
    </div>
  );
}

function AddButton({ entry }: { entry: Entry }) {
  const add = () => {
    const choice = choices().find((one) => one.key === `${entry.kind}:${entry.id}`);
    openHelp(null);
    if (choice) addNext(choice);
  };
  return <button type="button" className="btn small" onClick={add}><Icon name="plus" size={14} /> Add</button>;
}

/** What a generator makes by default. */
function Made({ id }: { id: string }) {
  const made = useAsync((signal) => server.generate(id, {}, signal), [id]);
  const design = useEditor((state) => state.history.design);
  const registry = useEditor((state) => state.registry);
  const group = made.data?.groups[made.data.key];
  const figure = useMemo(() => group && figureOf(design, registry, group), [design, registry, group]);
  if (!figure) return null;
  return (
    <section>
      <h3>Inside, as it is made by default</h3>
      <Figure label="What is inside" {...figure} />
    </section>
  );
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

/** Where its claims were checked. */
function Checked({ papers }: { papers: server.BlockHelp["papers"] }) {
  return (
    <section>
      <h3>In the catalogue</h3>
      {papers.map((paper) => <p key={paper.id}><a href={`/papers/${paper.id}`} target="_blank" rel="noopener">{paper.title}</a></p>)}
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
