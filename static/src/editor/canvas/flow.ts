/** From a graph of the design to what React Flow draws; objects that did not change are the same objects. */
import type { Edge as RfEdge, Node as RfNode } from "@xyflow/react";
import { type Item, flowId, itemsOf, placedGraph } from "../layout/place";
import type { Direction } from "../layout/layered";
import { edgeId, splitEnd } from "../model/graph";
import type { NodeView, Scene } from "./scene";
import type { DesignNode, Edge, Graph, GraphPort } from "../model/types";

export type BlockFlowNode = RfNode<{ node: DesignNode; view: NodeView }, "block">;
export type PortFlowNode = RfNode<{ port: GraphPort; side: "input" | "output" }, "port">;
export type FlowNode = BlockFlowNode | PortFlowNode;
export type WireFlowEdge = RfEdge<{ edge: Edge; lane?: number }, "wire">;

const itemOf = (node: FlowNode): DesignNode | GraphPort => (node.type === "block" ? node.data.node : node.data.port);

export function flowNodes(
  graph: Graph,
  scene: Scene,
  selected: ReadonlySet<string>,
  direction: Direction,
  before: readonly FlowNode[],
): FlowNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const nodes = itemsOf(placedGraph(graph, direction)).map((item) => flowNode(item, scene.get(item.id), selected.has(item.id), known.get(item.id)));
  return nodes.length === before.length && nodes.every((node, at) => node === before[at]) ? (before as FlowNode[]) : nodes;
}

function flowNode(item: Item, view: NodeView | undefined, selected: boolean, old: FlowNode | undefined): FlowNode {
  const position = old?.dragging ? old.position : (item.position ?? { x: 0, y: 0 });
  const same = old && itemOf(old) === item.item && (old.type !== "block" || old.data.view === view);
  const still = old && old.position.x === position.x && old.position.y === position.y;
  if (old && same && still && (old.selected ?? false) === selected) return old;
  const base = { ...old, id: item.id, position, selected, ariaLabel: labelOf(item) };
  if (item.kind === "node") {
    const data = same ? (old as BlockFlowNode).data : { node: item.item as DesignNode, view: view! };
    return { ...base, type: "block", data } as BlockFlowNode;
  }
  const data = same ? (old as PortFlowNode).data : { port: item.item as GraphPort, side: item.kind };
  return { ...base, type: "port", data } as PortFlowNode;
}

function labelOf(item: Item): string {
  if (item.kind !== "node") return `${item.kind} ${(item.item as GraphPort).name}`;
  const node = item.item as DesignNode;
  return `${node.id}, ${node.group ? `group ${node.group}` : (node.block ?? "choice")}`;
}

export function flowEdges(
  graph: Graph,
  selected: ReadonlySet<string>,
  lanes: ReadonlyMap<string, number>,
  before: readonly WireFlowEdge[],
): WireFlowEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const edges = graph.edges.map((edge): WireFlowEdge => {
    const id = edgeId(edge);
    const old = known.get(id);
    const lane = lanes.get(id);
    if (old && old.data!.edge === edge && old.data!.lane === lane && (old.selected ?? false) === selected.has(id)) return old;
    return {
      id,
      type: "wire",
      source: flowId(edge.from),
      target: flowId(edge.to),
      sourceHandle: splitEnd(edge.from).port,
      targetHandle: splitEnd(edge.to).port,
      selected: selected.has(id),
      data: lane === undefined ? { edge } : { edge, lane },
      ariaLabel: `wire from ${edge.from} to ${edge.to}`,
    };
  });
  return edges.length === before.length && edges.every((edge, at) => edge === before[at])
    ? (before as WireFlowEdge[])
    : edges;
}

/** Ports that wires use, by node: what the registry does not know is still drawn. */
const wired = new WeakMap<Graph["edges"], Map<string, { inputs: Set<string>; outputs: Set<string> }>>();

export function wiredPorts(graph: Graph, id: string): { inputs: Set<string>; outputs: Set<string> } | undefined {
  let all = wired.get(graph.edges);
  if (!all) {
    all = new Map();
    for (const edge of graph.edges)
      for (const [end, side] of [[edge.from, "outputs"], [edge.to, "inputs"]] as const) {
        const { node, port } = splitEnd(end);
        const ports = all.get(node) ?? { inputs: new Set(), outputs: new Set() };
        ports[side].add(port);
        all.set(node, ports);
      }
    wired.set(graph.edges, all);
  }
  return all.get(id);
}
