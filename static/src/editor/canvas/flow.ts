/** From a graph of the design to what React Flow draws; objects that did not change are the same objects. */
import type { Edge as RfEdge, Node as RfNode } from "@xyflow/react";
import { type Item, NODE_HEIGHT, NODE_WIDTH, flowId, itemsOf, placedGraph } from "../layout/place";
import type { Direction } from "../layout/layered";
import { edgeId, splitEnd } from "../model/graph";
import { handlesOf } from "./geometry";
import type { NodeView, Scene } from "./scene";
import { type WireMark, wireKey } from "../model/overlay";
import { type Issue, type TensorInfo, tensorOn } from "../model/report";
import type { DesignNode, Edge, Graph, GraphPort } from "../model/types";
import type { EditorState } from "../state/types";

export type BlockFlowNode = RfNode<{ node: DesignNode; view: NodeView }, "block">;
export type PortFlowNode = RfNode<{ port: GraphPort; side: "input" | "output"; issues: Issue[] | undefined }, "port">;
export type FlowNode = BlockFlowNode | PortFlowNode;
export interface WireView {
  edge: Edge;
  /** The lane a long wire runs in. */
  lane: number | undefined;
  /** What travels along it. */
  tensor: TensorInfo | undefined;
  mark: WireMark | undefined;
}
export type WireFlowEdge = RfEdge<WireView & Record<string, unknown>, "wire">;

const itemOf = (node: FlowNode): DesignNode | GraphPort => (node.type === "block" ? node.data.node : node.data.port);

/** `far`: seen from far away, where nodes have no ports that could be measured and are told where those would be. */
export function flowNodes(
  graph: Graph,
  scene: Scene,
  issues: ReadonlyMap<string, Issue[]>,
  selected: ReadonlySet<string>,
  direction: Direction,
  far: boolean,
  before: readonly FlowNode[],
): FlowNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const nodes = itemsOf(placedGraph(graph, direction)).map((item) => flowNode(item, scene.get(item.id), issues.get(item.id), selected.has(item.id), far ? direction : null, known.get(item.id)));
  return nodes.length === before.length && nodes.every((node, at) => node === before[at]) ? (before as FlowNode[]) : nodes;
}

function flowNode(item: Item, view: NodeView | undefined, issues: Issue[] | undefined, selected: boolean, far: Direction | null, old: FlowNode | undefined): FlowNode {
  const position = old?.dragging ? old.position : (item.position ?? { x: 0, y: 0 });
  const same = old && itemOf(old) === item.item && (old.type === "block" ? old.data.view === view : old.data.issues === issues);
  const still = old && old.position.x === position.x && old.position.y === position.y;
  const told = far && view ? farOf(view, old?.measured?.height, far) : undefined;
  if (old && same && still && (old.selected ?? false) === selected && old.handles === told?.handles) return old;
  const { handles: _before, ...rest } = old ?? {};
  const base = { ...rest, id: item.id, position, selected, ariaLabel: labelOf(item) };
  if (item.kind === "node") {
    const data = same ? (old as BlockFlowNode).data : { node: item.item as DesignNode, view: view! };
    return { ...base, ...told, type: "block", data } as BlockFlowNode;
  }
  const data = same ? (old as PortFlowNode).data : { port: item.item as GraphPort, side: item.kind, issues };
  return { ...base, type: "port", data } as PortFlowNode;
}

function farOf(view: NodeView, height = NODE_HEIGHT, direction: Direction): Pick<BlockFlowNode, "measured" | "handles"> {
  return { measured: { width: NODE_WIDTH, height }, handles: handlesOf(view, height, direction) };
}

function labelOf(item: Item): string {
  if (item.kind !== "node") return `${item.kind} ${(item.item as GraphPort).name}`;
  const node = item.item as DesignNode;
  return `${node.id}, ${node.group ? `group ${node.group}` : (node.block ?? node.generator ?? "choice")}`;
}

/** What wires show beside themselves. */
export type SeenOnWires = Pick<EditorState, "report" | "overlay" | "place">;

export function flowEdges(
  graph: Graph,
  { report, overlay, place }: SeenOnWires,
  selected: ReadonlySet<string>,
  lanes: ReadonlyMap<string, number>,
  before: readonly WireFlowEdge[],
): WireFlowEdge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const edges = graph.edges.map((edge): WireFlowEdge => {
    const id = edgeId(edge);
    const view: WireView = {
      edge,
      lane: lanes.get(id),
      tensor: tensorOn(report, place.path, edge),
      mark: overlay?.wires.get(wireKey(place.path, edge)),
    };
    const old = known.get(id);
    const same = old && KEYS.every((key) => old.data![key] === view[key]);
    if (same && (old.selected ?? false) === selected.has(id)) return old;
    return {
      id,
      type: "wire",
      source: flowId(edge.from),
      target: flowId(edge.to),
      sourceHandle: splitEnd(edge.from).port,
      targetHandle: splitEnd(edge.to).port,
      selected: selected.has(id),
      data: same ? old.data! : { ...view },
      ariaLabel: `wire from ${edge.from} to ${edge.to}`,
    };
  });
  return edges.length === before.length && edges.every((edge, at) => edge === before[at])
    ? (before as WireFlowEdge[])
    : edges;
}

const KEYS = ["edge", "lane", "tensor", "mark"] as const;

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
