/** The yardstick: the same graph in @xyflow/react as it comes, with default nodes and edges. */
import { type Edge, type Node, ReactFlow, useEdgesState, useNodesState } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { createRoot } from "react-dom/client";

interface Graph {
  nodes: Node[];
  edges: Edge[];
}

function Plain({ graph }: { graph: Graph }) {
  const [nodes, , onNodesChange] = useNodesState(graph.nodes);
  const [edges, , onEdgesChange] = useEdgesState(graph.edges);
  return <ReactFlow nodes={nodes} edges={edges} onNodesChange={onNodesChange} onEdgesChange={onEdgesChange} minZoom={0.05} fitView />;
}

const graph = (await (await fetch("graph.json")).json()) as Graph;
createRoot(document.getElementById("root")!).render(<Plain graph={graph} />);
