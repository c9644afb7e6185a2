import "@xyflow/react/dist/style.css";
import "./compare.css";
import { Background, BackgroundVariant, Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { memo, useMemo, useState } from "react";
import { useAsync } from "@shared/ui/useAsync";
import { flowId } from "../layout/place";
import type { GraphKey } from "../model/types";
import { Icon } from "../parts/Icon";
import { moving } from "../parts/motion";
import * as server from "../state/server";
import { editor, useEditor } from "../state/store";
import type { Comparison } from "../state/types";
import { BeforeAfter } from "./BeforeAfter";
import { type Changes, type Merged, type ShownNode, changeOf, changedGraphs, isEqual, merge, otherLines } from "./merge";

type FateNode = Node<{ shown: ShownNode; down: boolean }, "fate">;

const SIGN = { added: "+", removed: "−", changed: "~", same: "" } as const;

const Fate = memo(function Fate({ data: { shown, down } }: NodeProps<FateNode>) {
  return (
    <div className="ed-fate" data-fate={shown.fate} data-kind={shown.kind} data-testid={`fate-${shown.id}`}>
      <Handle type="target" position={down ? Position.Top : Position.Left} isConnectable={false} />
      <p><strong>{shown.title}</strong> <span className="ed-id">{shown.id}</span>{SIGN[shown.fate] && <b className="ed-fate-sign">{SIGN[shown.fate]}</b>}</p>
      {shown.lines.map((line) => <p key={line} className="ed-fate-line">{line}</p>)}
      <Handle type="source" position={down ? Position.Bottom : Position.Right} isConnectable={false} />
    </div>
  );
});

const NODE_TYPES = { fate: Fate };
const PRO = { hideAttribution: true };

/** Two states of a design as one picture, with what each costs. */
export function CompareView({ comparison }: { comparison: Comparison }) {
  const dataset = useEditor((state) => state.dataset);
  const { before, after, titles } = comparison;
  const answer = useAsync(() => server.compare({ before, after, dataset }), [before, after, dataset]);
  const close = () => editor.getState().set({ comparison: null });
  return (
    <section className="ed-compare" aria-label="Comparison">
      <header className="ed-compare-head">
        <h2>{titles[0]} <span aria-label="to">→</span> {titles[1]}</h2>
        <button type="button" className="btn quiet icon" aria-label="Close the comparison" title="Close the comparison (Esc)" onClick={close}><Icon name="close" /></button>
        {answer.data && <BeforeAfter {...answer.data} />}
      </header>
      {answer.fault && <p className="note bad">{answer.fault}</p>}
      {!answer.data && !answer.fault && <p className="muted ed-compare-wait"><span className="spinner" /> Comparing …</p>}
      {answer.data && (isEqual(answer.data.changes) ? <p className="ed-compare-wait">Both mean the same: no node, wire, parameter or variable differs.</p> : <Picture comparison={comparison} changes={answer.data.changes} />)}
    </section>
  );
}

function Picture({ comparison, changes }: { comparison: Comparison; changes: Changes }) {
  const graphs = changedGraphs(changes);
  const [key, setKey] = useState<GraphKey>(graphs[0] ?? null);
  const direction = useEditor((state) => state.direction);
  const merged = useMemo(() => merge(comparison.before, comparison.after, key, changes, direction), [comparison, key, changes, direction]);
  return (
    <ReactFlowProvider>
      <div className="ed-compare-body">
        <nav className="ed-compare-list" aria-label="What differs">
          {otherLines(changes).map((line) => <p key={line} className="ed-fate-line">{line}</p>)}
          {graphs.map((graph) => (
            <section key={graph ?? ""}>
              <button type="button" className="btn quiet small" aria-pressed={graph === key} onClick={() => setKey(graph)}>
                {graph === null ? "The design" : `Group ${graph}`}{stateOf(changes, graph)}
              </button>
              {graph === key && <Differences merged={merged} wires={wiresText(changes, graph)} />}
            </section>
          ))}
        </nav>
        <Flow key={key ?? ""} merged={merged} down={direction === "down"} />
      </div>
    </ReactFlowProvider>
  );
}

const stateOf = (changes: Changes, graph: GraphKey): string => {
  const state = graph === null ? undefined : changes.groups?.[graph]?.state;
  return state && state !== "changed" ? `, ${state}` : "";
};

function wiresText(changes: Changes, graph: GraphKey): string {
  const edges = changeOf(changes, graph)?.edges;
  if (!edges) return "";
  return [edges.added.length && `${edges.added.length} added`, edges.removed.length && `${edges.removed.length} removed`].filter(Boolean).join(", ");
}

function Differences({ merged, wires }: { merged: Merged; wires: string }) {
  const flow = useReactFlow();
  const different = merged.nodes.filter((node) => node.fate !== "same");
  return (
    <ul>
      {different.map((node) => (
        <li key={node.id} data-fate={node.fate}>
          <button type="button" className="ed-link" onClick={() => void flow.fitView({ nodes: [{ id: node.id }], padding: 1, maxZoom: 1.1, duration: moving(200) })}>
            <b className="ed-fate-sign">{SIGN[node.fate]}</b> {node.id} <span className="muted">{node.lines.join("; ") || node.fate}</span>
          </button>
        </li>
      ))}
      {wires && <li className="muted">Wires: {wires}</li>}
    </ul>
  );
}

function Flow({ merged, down }: { merged: Merged; down: boolean }) {
  const nodes = useMemo(() => merged.nodes.map((shown): FateNode => ({ id: shown.id, type: "fate", position: shown.position, data: { shown, down } })), [merged, down]);
  const edges = useMemo(
    () => merged.wires.map(({ id, edge, fate }): Edge => ({ id, source: flowId(edge.from), target: flowId(edge.to), className: `ed-fate-wire ${fate}`, ariaLabel: `${fate} wire from ${edge.from} to ${edge.to}` })),
    [merged],
  );
  // What differs first, large enough to be read; the rest is a wheel's turn away.
  const view = { nodes: merged.nodes.filter((node) => node.fate !== "same").slice(0, 12), maxZoom: 1, padding: 0.25 };
  return (
    <div className="ed-compare-canvas">
      <ReactFlow nodes={nodes} edges={edges} nodeTypes={NODE_TYPES} nodesDraggable={false} nodesConnectable={false} elementsSelectable={false} fitView fitViewOptions={view} minZoom={0.05} proOptions={PRO} onlyRenderVisibleElements={merged.nodes.length > 150}>
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.2} />
        <Controls showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </div>
  );
}
