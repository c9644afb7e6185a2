import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { Dialog } from "@shared/ui/Dialog";
import { connectEnds, sourcesFor } from "../actions/add";
import { cutEdge } from "../actions/edit";
import { addIntoWire } from "../actions/insert";
import { tightShape } from "../model/format";
import { graphOf, joinEnd, nodeOf, splitEnd } from "../model/graph";
import { search } from "../model/fuzzy";
import { type Port, outputPort, portsOf } from "../model/registry";
import { tensorOn } from "../model/report";
import { type Edge, OUTPUT } from "../model/types";
import { Icon } from "../parts/Icon";
import { editor, useEditor } from "../state/store";
import "./connect.css";

const SHOWN = 200;

/** The inputs of what is selected. */
function useInputs(): { id: string; ports: Port[] } | null {
  const selected = useEditor((state) => state.selected);
  const design = useEditor((state) => state.history.design);
  const registry = useEditor((state) => state.registry);
  const graph = useEditor((state) => state.place.graph);
  return useMemo(() => {
    const id = [...selected].at(-1);
    if (!id || !registry) return null;
    const end = splitEnd(id);
    if (end.node === OUTPUT) return { id: OUTPUT, ports: [outputPort(end.port)] };
    const node = nodeOf(graphOf(design, graph), id);
    return node ? { id, ports: portsOf(design, registry, node).inputs } : null;
  }, [selected, design, registry, graph]);
}

/** Wires into a node without a pointer: what is connected, and what could be, with the reason where it cannot. */
export function Connect({ onClose }: { onClose: () => void }) {
  const inputs = useInputs();
  const [name, setName] = useState<string | null>(null);
  const port = inputs?.ports.find((one) => one.name === name) ?? inputs?.ports[0];
  return (
    <Dialog title={inputs ? `Wires into ${inputs.id === OUTPUT ? joinEnd(OUTPUT, inputs.ports[0]!.name) : inputs.id}` : "Wires"} onClose={onClose}>
      {!inputs || !port ? (
        <p className="muted">{inputs ? "This has no inputs." : "Select one node first: its inputs are what can be connected."}</p>
      ) : (
        <div className="stack">
          {inputs.ports.length > 1 && (
            <label className="field">
              <span className="label">Input</span>
              <select className="select" value={port.name} onChange={(event) => setName(event.target.value)}>
                {inputs.ports.map((one) => <option key={one.name} value={one.name}>{one.name}: {one.dims}{one.optional ? ", optional" : ""}</option>)}
              </select>
            </label>
          )}
          <Wires to={joinEnd(inputs.id, port.name)} variadic={port.variadic} />
          <Sources key={port.name} to={joinEnd(inputs.id, port.name)} port={port} onClose={onClose} />
        </div>
      )}
    </Dialog>
  );
}

/** The wires there are, in their order. */
function Wires({ to, variadic }: { to: string; variadic: boolean }) {
  const graph = useEditor((state) => graphOf(state.history.design, state.place.graph));
  const key = useEditor((state) => state.place.graph);
  const wires = graph?.edges.filter((edge) => edge.to === to) ?? [];
  if (!wires.length) return <p className="muted">Nothing is connected.</p>;
  const swap = (at: number, other: number): void => {
    const from = wires.map((wire) => wire.from);
    [from[at], from[other]] = [from[other]!, from[at]!];
    editor.getState().perform({ type: "orderInputs", args: { graph: key, to, from } }, { say: `${from[other]} is now number ${other + 1}` });
  };
  const insert = (edge: Edge): void => {
    editor.getState().set({ dialog: null });
    addIntoWire(edge);
  };
  return (
    <ol className="ed-connect-wires" aria-label="Connected">
      {wires.map((wire, at) => (
        <li key={wire.from}>
          <span className="mono grow ellipsis">{wire.from}</span>
          {variadic && wires.length > 1 && (
            <>
              <button type="button" className="btn quiet small icon" disabled={at === 0} aria-label={`Move ${wire.from} up`} onClick={() => swap(at, at - 1)}>↑</button>
              <button type="button" className="btn quiet small icon" disabled={at === wires.length - 1} aria-label={`Move ${wire.from} down`} onClick={() => swap(at, at + 1)}>↓</button>
            </>
          )}
          <button type="button" className="btn small" onClick={() => insert(wire)}>Add a block here</button>
          <button type="button" className="btn quiet small icon" aria-label={`Cut the wire from ${wire.from}`} title="Cut" onClick={() => cutEdge(wire)}><Icon name="close" size={14} /></button>
        </li>
      ))}
    </ol>
  );
}

/** A search among the outputs of the graph; Enter connects. */
function Sources({ to, port, onClose }: { to: string; port: Port; onClose: () => void }) {
  const design = useEditor((state) => state.history.design);
  const path = useEditor((state) => state.place.path);
  const report = useEditor((state) => state.report);
  const key = useEditor((state) => state.place.graph);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const sources = useMemo(() => {
    const taken = new Set(graphOf(design, key)?.edges.filter((edge) => edge.to === to).map((edge) => edge.from));
    return sourcesFor(to)
      .filter((one) => !taken.has(one.from))
      .sort((a, b) => Number(b.verdict.ok) - Number(a.verdict.ok));
  }, [design, key, to, report]);
  const found = useMemo(() => search(sources, query, (one) => [{ text: one.from, weight: 1 }]).slice(0, SHOWN), [sources, query]);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const pick = (index: number): void => {
    const source = found[index];
    if (source && connectEnds(source.from, to)) onClose();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") pick(at);
    else return;
    event.preventDefault();
  };
  return (
    <div className="ed-connect-sources">
      <input
        className="input"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="connect-sources"
        aria-activedescendant={found[at] ? `source-${at}` : undefined}
        aria-label={`Connect ${port.name} to`}
        placeholder={`Connect ${port.name} (${port.dims}) to`}
        value={query}
        onChange={(event) => (setQuery(event.target.value), setAt(0))}
        onKeyDown={onKeyDown}
      />
      <ul id="connect-sources" ref={list} role="listbox" aria-label="Outputs of this graph">
        {found.map(({ from, verdict }, index) => {
          const shape = tensorOn(report, path, { from, to: "." })?.shape;
          return (
            <li key={from} id={`source-${index}`} role="option" aria-selected={index === at} aria-disabled={!verdict.ok} onPointerMove={() => at !== index && setAt(index)} onClick={() => pick(index)}>
              <span className="mono">{from}</span>
              <span className="mono muted">{shape ? tightShape(shape) : ""}</span>
              {!verdict.ok && <span className="ed-connect-reason">{verdict.reason}</span>}
            </li>
          );
        })}
      </ul>
      {!found.length && <p className="muted">{sources.length ? "Nothing matches." : "There is no other output in this graph."}</p>}
    </div>
  );
}
