import { connectEnds, sourcesFor } from "../actions/add";
import { tightShape } from "../model/format";
import { graphOf, joinEnd } from "../model/graph";
import { wiredPorts } from "../canvas/flow";
import { outputPort, portsOf } from "../model/registry";
import { tensorOn } from "../model/report";
import type { DesignNode } from "../model/types";
import { Icon } from "../parts/Icon";
import { editor, useEditor } from "../state/store";

const MOST_SOURCES = 300;

/** Connects an input without drawing: a list of the outputs that fit. */
function ConnectFrom({ node, port, taken }: { node: string; port: string; taken: string[] }) {
  const sources = sourcesFor(joinEnd(node, port))
    .filter(({ from, verdict }) => verdict.ok && !taken.includes(from))
    .slice(0, MOST_SOURCES)
    .map(({ from }) => from);
  if (!sources.length) return <p className="muted">{taken.length ? "" : "nothing connected"}</p>;
  return (
    <select className="select" aria-label={`Connect ${port} to`} value="" onChange={(event) => event.target.value && connectEnds(event.target.value, joinEnd(node, port))}>
      <option value="">{taken.length ? "connect another" : "nothing connected; choose"}</option>
      {sources.map((end) => <option key={end} value={end}>{end}</option>)}
    </select>
  );
}

/** What feeds the node, port by port; wires into a variadic port can be put in order. */
export function InputsPart({ node }: { node: DesignNode }) {
  const design = useEditor((state) => state.history.design);
  const graphKey = useEditor((state) => state.place.graph);
  const path = useEditor((state) => state.place.path);
  const registry = useEditor((state) => state.registry);
  const report = useEditor((state) => state.report);
  const graph = graphOf(design, graphKey);
  if (!graph || !registry) return null;
  const known = portsOf(design, registry, node).inputs;
  // A wire into a port that is not there can be cut here, since the canvas cannot always draw it.
  const strays = [...(wiredPorts(graph, node.id)?.inputs ?? [])].filter((name) => !known.some((port) => port.name === name));
  const ports = [...known, ...strays.map((name) => ({ ...outputPort(name), dims: "no such input" }))];
  if (!ports.length) return null;
  const { perform } = editor.getState();
  return (
    <section className="ed-inputs" aria-label="Inputs">
      <h3>Inputs</h3>
      {ports.map((port) => {
        const to = joinEnd(node.id, port.name);
        const wires = graph.edges.filter((edge) => edge.to === to);
        const swap = (at: number, other: number) => {
          const from = wires.map((wire) => wire.from);
          [from[at], from[other]] = [from[other]!, from[at]!];
          perform({ type: "orderInputs", args: { graph: graphKey, to, from } }, { say: "Order changed" });
        };
        return (
          <div key={port.name} className="ed-input-port">
            <span className="mono">{port.name}</span>
            <span className="muted mono">{port.dims}{port.optional ? ", optional" : ""}{port.variadic ? ", any number" : ""}</span>
            <ol>
              {wires.map((wire, at) => {
                const tensor = tensorOn(report, path, wire);
                return (
                  <li key={wire.from}>
                    {port.variadic && <span className="muted num">{at + 1}</span>}
                    <span className="mono grow ellipsis">{wire.from}</span>
                    <span className="mono muted">{tensor?.shape ? tightShape(tensor.shape) : "–"}</span>
                    {port.variadic && wires.length > 1 && (
                      <>
                        <button type="button" className="btn quiet small icon" disabled={at === 0} aria-label={`Move ${wire.from} up`} onClick={() => swap(at, at - 1)}>↑</button>
                        <button type="button" className="btn quiet small icon" disabled={at === wires.length - 1} aria-label={`Move ${wire.from} down`} onClick={() => swap(at, at + 1)}>↓</button>
                      </>
                    )}
                    <button type="button" className="btn quiet small icon" aria-label={`Cut the wire from ${wire.from}`} title="Cut" onClick={() => perform({ type: "cut", args: { graph: graphKey, edges: [wire] } })}>
                      <Icon name="close" size={12} />
                    </button>
                  </li>
                );
              })}
            </ol>
            {(!wires.length || port.variadic) && <ConnectFrom node={node.id} port={port.name} taken={wires.map((wire) => wire.from)} />}
          </div>
        );
      })}
    </section>
  );
}
