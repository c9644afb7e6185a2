/** What is drawn of the graph in view: boxes, ends and wires at their places, whether they are on screen or not. */
import { getBezierPath, Position as Side } from "@xyflow/react";
import { EMPTY_SCENE, type NodeView, type Seen, sceneOf } from "../canvas/scene";
import { type WireKind, kindOfDims, kindOfTensor } from "../canvas/kinds";
import { type Rect, lanePath, lanes } from "../canvas/lanes";
import type { Direction } from "../layout/layered";
import { flowId, itemsOf, placedGraph, roughBox } from "../layout/place";
import { tightShape } from "../model/format";
import { edgeId, graphOf, splitEnd } from "../model/graph";
import { inputPort, outputPort } from "../model/registry";
import { tensorOn } from "../model/report";
import type { Edge, Graph, GraphPort, Position } from "../model/types";

export interface SketchedNode extends Rect {
  view: NodeView;
}

export interface SketchedEnd extends Rect {
  side: "input" | "output";
  name: string;
  about: string;
  shape: string;
  kind: WireKind;
  broken: boolean;
}

export interface SketchedWire {
  path: string;
  kind: WireKind;
  label: string;
  at: Position;
}

export interface Sketch {
  title: string;
  direction: Direction;
  nodes: SketchedNode[];
  ends: SketchedEnd[];
  wires: SketchedWire[];
}

export type SizeOf = (id: string) => { width: number; height: number } | undefined;

/** The graph in view, as the canvas shows it; sizes that were never measured are those it begins with. */
export function sketchOf(seen: Seen, direction: Direction, sizeOf: SizeOf): Sketch {
  const { design, place } = seen;
  const graph = graphOf(design, place.graph);
  const title = place.path ? `${design.name} · ${place.path}` : design.name;
  if (!graph) return { title, direction, nodes: [], ends: [], wires: [] };
  const scene = sceneOf(seen, EMPTY_SCENE);
  const nodes: SketchedNode[] = [];
  const ends: SketchedEnd[] = [];
  for (const item of itemsOf(placedGraph(graph, direction))) {
    const { width, height } = sizeOf(item.id) ?? roughBox(item);
    const rect = { id: item.id, ...(item.position ?? { x: 0, y: 0 }), width, height };
    const view = scene.get(item.id);
    if (item.kind === "node") view && nodes.push({ ...rect, view });
    else ends.push({ ...rect, ...endOf(seen, graph, item.kind, item.item as GraphPort, item.id) });
  }
  return { title, direction, nodes, ends, wires: wiresOf(seen, graph, direction, nodes, ends) };
}

function endOf(seen: Seen, graph: Graph, side: "input" | "output", port: GraphPort, id: string): Omit<SketchedEnd, keyof Rect> {
  const edge = graph.edges.find((one) => (side === "input" ? one.from : one.to) === id);
  const tensor = edge ? tensorOn(seen.report, seen.place.path, edge) : side === "input" && !seen.place.path ? seen.report?.inputs[port.name] : undefined;
  const info = side === "input" ? inputPort(port.name, port.kind) : outputPort(port.name);
  return {
    side,
    name: port.name,
    about: side === "input" ? (port.kind ?? "input") : "output",
    shape: tensor?.shape ? tightShape(tensor.shape) : "–",
    kind: side === "input" && tensor?.shape ? kindOfTensor(tensor) : kindOfDims(info.dims, info.dtype),
    broken: seen.issues.has(id),
  };
}

const INSET = { down: 12, right: 10 };

/** Where a port lies: ports are spread evenly over an edge of their box. */
export function portAt(rect: Rect, side: "inputs" | "outputs", at: number, of: number, direction: Direction): Position {
  const inset = INSET[direction];
  const along = (start: number, length: number): number => start + inset + ((length - 2 * inset) * (at + 1)) / (of + 1);
  if (direction === "down") return { x: along(rect.x, rect.width), y: side === "inputs" ? rect.y : rect.y + rect.height };
  return { x: side === "inputs" ? rect.x : rect.x + rect.width, y: along(rect.y, rect.height) };
}

function wiresOf(seen: Seen, graph: Graph, direction: Direction, nodes: SketchedNode[], ends: SketchedEnd[]): SketchedWire[] {
  const views = new Map(nodes.map((node) => [node.id, node.view]));
  const rects = new Map<string, Rect>([...nodes, ...ends].map((rect) => [rect.id, rect]));
  const spans = graph.edges.map((edge) => ({ id: edgeId(edge), source: flowId(edge.from), target: flowId(edge.to) }));
  const found = lanes([...rects.values()], spans, direction);
  const point = (end: string, side: "inputs" | "outputs"): Position | null => {
    const rect = rects.get(flowId(end));
    const ports = views.get(flowId(end))?.[side];
    const at = ports ? ports.findIndex((one) => one.port.name === splitEnd(end).port) : 0;
    return rect && at >= 0 ? portAt(rect, side, at, ports?.length ?? 1, direction) : null;
  };
  return graph.edges.flatMap((edge) => {
    const from = point(edge.from, "outputs");
    const to = point(edge.to, "inputs");
    return from && to ? [wire(seen, edge, from, to, found.get(edgeId(edge)), direction)] : [];
  });
}

function wire(seen: Seen, edge: Edge, from: Position, to: Position, lane: number | undefined, direction: Direction): SketchedWire {
  const tensor = tensorOn(seen.report, seen.place.path, edge);
  const told = { kind: kindOfTensor(tensor), label: tensor?.shape ? tightShape(tensor.shape) : "" };
  if (lane !== undefined) {
    const { path, x, y } = lanePath(from, to, lane, direction);
    return { path, at: { x, y }, ...told };
  }
  const down = direction === "down";
  const [path, x, y] = getBezierPath({
    sourceX: from.x,
    sourceY: from.y,
    sourcePosition: down ? Side.Bottom : Side.Right,
    targetX: to.x,
    targetY: to.y,
    targetPosition: down ? Side.Top : Side.Left,
  });
  return { path, at: { x, y }, ...told };
}
