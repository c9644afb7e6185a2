import { useRef } from "react";
import type { Direction } from "../layout/layered";
import { flowId } from "../layout/place";
import { edgeId } from "../model/graph";
import type { Graph } from "../model/types";
import type { FlowNode } from "./flow";
import { lanes, type Rect } from "./lanes";

const NONE: ReadonlyMap<string, number> = new Map();
/** Above this, looking for lanes would cost more than they give. */
const MOST = 300;

/** Lanes of the graph's long wires; the same map until a node has come to rest elsewhere or a wire has changed. */
export function useLanes(nodes: readonly FlowNode[], graph: Graph | undefined, direction: Direction): ReadonlyMap<string, number> {
  const last = useRef<{ key: string; edges: Graph["edges"] | undefined; found: ReadonlyMap<string, number> }>({ key: "", edges: undefined, found: NONE });
  if (!graph || nodes.length > MOST) return NONE;
  // While something is dragged its wires follow it; lanes are found again when it rests.
  if (nodes.some((node) => node.dragging)) return last.current.found;
  const rects: Rect[] = nodes.map((node) => ({
    id: node.id,
    ...node.position,
    width: node.measured?.width ?? 240,
    height: node.measured?.height ?? 80,
  }));
  const key = `${direction} ${rects.map((rect) => `${rect.id}:${rect.x},${rect.y},${rect.height}`).join(" ")}`;
  if (key !== last.current.key || graph.edges !== last.current.edges) {
    const spans = graph.edges.map((edge) => ({ id: edgeId(edge), source: flowId(edge.from), target: flowId(edge.to) }));
    last.current = { key, edges: graph.edges, found: lanes(rects, spans, direction) };
  }
  return last.current.found;
}
