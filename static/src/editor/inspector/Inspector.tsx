import type { KeyboardEvent } from "react";
import { edgeId, graphOf, nodeOf, splitEnd } from "../model/graph";
import { isMade } from "../model/made";
import { INPUT, OUTPUT } from "../model/types";
import { duplicate, removeSelection } from "../actions/edit";
import { groupSelection } from "../actions/groups";
import { Icon } from "../parts/Icon";
import { focusWork } from "../parts/focus";
import { editor, useEditor } from "../state/store";
import { DesignInspector } from "./DesignInspector";
import { EdgeInspector } from "./EdgeInspector";
import { MadeDefinition } from "./MadeDefinition";
import { GroupDefinition } from "./GroupDefinition";
import { NodeInspector } from "./NodeInspector";
import { EndInspector } from "./EndInspector";

/** Enter and Esc in a field lead back to what is being edited. */
function backToWork(event: KeyboardEvent): void {
  const finished = event.key === "Enter" && (event.target as Element).matches('input:not([type="checkbox"])');
  if (finished || event.key === "Escape") focusWork();
}

/** What is selected, as a form; with nothing selected, the graph in view. */
export function Inspector() {
  const graph = useEditor((state) => graphOf(state.history.design, state.place.graph));
  const graphKey = useEditor((state) => state.place.graph);
  const selected = useEditor((state) => state.selected);
  const selectedEdges = useEditor((state) => state.selectedEdges);
  const only = selected.size === 1 ? [...selected][0]! : null;
  const node = only ? nodeOf(graph, only) : undefined;
  const edge = !selected.size && selectedEdges.size === 1 ? graph?.edges.find((one) => selectedEdges.has(edgeId(one))) : undefined;
  const end = only && !node ? splitEnd(only) : null;
  const side = end?.node === INPUT ? "inputs" : end?.node === OUTPUT ? "outputs" : null;
  const port = side && graph?.[side].find((one) => one.name === end!.port);
  return (
    <aside className="ed-inspector" aria-label="Inspector" onKeyDown={backToWork}>
      <button type="button" className="btn quiet icon small ed-close" aria-label="Close the inspector" onClick={() => editor.getState().set({ inspector: false })}>
        <Icon name="close" />
      </button>
      {node ? (
        <NodeInspector key={`${graphKey}/${node.id}`} node={node} />
      ) : port && side ? (
        <EndInspector key={only} port={port} side={side} />
      ) : edge ? (
        <EdgeInspector edge={edge} />
      ) : selected.size + selectedEdges.size > 1 ? (
        <Several nodes={selected.size} wires={selectedEdges.size} />
      ) : isMade(graphKey) ? (
        <MadeDefinition name={graphKey} />
      ) : graphKey !== null ? (
        <GroupDefinition name={graphKey} />
      ) : (
        <DesignInspector />
      )}
    </aside>
  );
}

function Several({ nodes, wires }: { nodes: number; wires: number }) {
  return (
    <div className="stack">
      <h2>{[nodes && `${nodes} nodes`, wires && `${wires} wire${wires === 1 ? "" : "s"}`].filter(Boolean).join(", ")} selected</h2>
      <div className="row wrap">
        {nodes > 0 && <button type="button" className="btn" onClick={groupSelection}><Icon name="group" /> Group</button>}
        {nodes > 0 && <button type="button" className="btn" onClick={duplicate}><Icon name="copy" /> Duplicate</button>}
        <button type="button" className="btn danger" onClick={() => removeSelection()}><Icon name="trash" /> Delete</button>
      </div>
      <p className="muted">Ctrl+G makes them one group; its ports are the wires that are cut.</p>
    </div>
  );
}
