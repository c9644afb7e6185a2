import { useMemo } from "react";
import { capital } from "../model/format";
import { value as show } from "../model/format";
import { joinEnd, meaningOf, splitEnd } from "../model/graph";
import { isMade, madeBy } from "../model/made";
import { entryOf, outputPort, type Registry } from "../model/registry";
import { type Design, type Group, INPUT, OUTPUT } from "../model/types";
import { useEditor } from "../state/store";
import { Figure } from "./Figure";
import { Shapes } from "./Shapes";
import type { Part, Wire } from "./figure";

/** A group's definition as a figure: its ports are the ends, its nodes the boxes. */
export function figureOf(design: Design, registry: Registry | null, group: Group): { parts: Part[]; wires: Wire[] } {
  const ends = (side: "inputs" | "outputs"): Part[] =>
    group[side].map((port) => ({ id: joinEnd(side === "inputs" ? INPUT : OUTPUT, port.name), title: port.name, family: "" }));
  const boxes = group.nodes.map((node): Part => {
    const meaning = meaningOf(design, node);
    const entry = entryOf(registry, meaning);
    const title = (isMade(meaning.group) ? madeBy(meaning.group).name : meaning.group) ?? (entry ? capital(entry.title) : (meaning.block ?? node.id));
    const times = node.repeat == null ? "" : ` ×${String(node.repeat).replace(/^=/, "")}`;
    return { id: node.id, title: title + times, family: meaning.group ? "group" : (entry?.family ?? "other") };
  });
  const place = (end: string): string => (end.startsWith(`${INPUT}.`) || end.startsWith(`${OUTPUT}.`) ? end : splitEnd(end).node);
  return {
    parts: [...ends("inputs"), ...boxes, ...ends("outputs")],
    wires: group.edges.map((edge) => ({ from: place(edge.from), to: place(edge.to) })),
  };
}

/** What a group of this design is: its text, its graph, its ports and parameters. */
export function GroupHelp({ group, path }: { group: Group; path: string | undefined }) {
  const design = useEditor((state) => state.history.design);
  const registry = useEditor((state) => state.registry);
  const { parts, wires } = useMemo(() => figureOf(design, registry, group), [design, registry, group]);
  const params = Object.entries(group.params ?? {});
  return (
    <div className="ed-help">
      <p className="ed-help-lead">{group.doc || "This group has no description yet; open it to write one."}</p>
      <section>
        <h3>Inside</h3>
        <Figure label="What is inside" parts={parts} wires={wires} />
      </section>
      <section>
        <h3>Shapes</h3>
        <Shapes inputs={group.inputs.map((port) => outputPort(port.name))} outputs={group.outputs.map((port) => outputPort(port.name))} path={path} />
      </section>
      {params.length > 0 && (
        <section>
          <h3>Parameters</h3>
          <table className="ed-help-table">
            <thead>
              <tr><th scope="col">Name</th><th scope="col">By default</th><th scope="col">What it is</th></tr>
            </thead>
            <tbody>
              {params.map(([name, param]) => (
                <tr key={name}>
                  <td className="mono">{name}</td>
                  <td>{param.default === undefined || param.default === null ? "must be given" : show(param.default)}</td>
                  <td>{param.doc}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  );
}
