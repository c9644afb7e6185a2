import { Position, getBezierPath, useViewport } from "@xyflow/react";
import { useMemo, useRef } from "react";
import type { Direction } from "../layout/layered";
import type { Position as Spot } from "../model/types";
import type { FlowNode, WireFlowEdge } from "./flow";
import { kindOfTensor } from "./kinds";

/** Where a wire leaves or enters a node, in the graph. */
function anchor(node: FlowNode, port: string | null | undefined, output: boolean, direction: Direction): Spot {
  const { x, y } = node.position;
  const found = node.handles?.find((one) => one.id === port && (one.type === "source") === output);
  if (found) return { x: x + found.x + found.width! / 2, y: y + found.y + found.height! / 2 };
  const { width = 0, height = 0 } = node.measured ?? {};
  return direction === "down" ? { x: x + width / 2, y: output ? y + height : y } : { x: output ? x + width : x, y: y + height / 2 };
}

type Paths = ReadonlyMap<string, string>;
const NONE: Paths = new Map();

/** One path for all wires of a kind; those that are selected have one of their own. */
function pathsOf(nodes: ReadonlyMap<string, FlowNode>, edges: readonly WireFlowEdge[], direction: Direction): Paths {
  const paths = new Map<string, string>();
  const [sourcePosition, targetPosition] = direction === "down" ? [Position.Bottom, Position.Top] : [Position.Right, Position.Left];
  for (const { source, target, sourceHandle, targetHandle, data, selected } of edges) {
    const [start, end] = [nodes.get(source), nodes.get(target)];
    if (!start || !end) continue;
    const from = anchor(start, sourceHandle, true, direction);
    const to = anchor(end, targetHandle, false, direction);
    const [path] = getBezierPath({ sourceX: from.x, sourceY: from.y, targetX: to.x, targetY: to.y, sourcePosition, targetPosition });
    const kind = selected ? "selected" : kindOfTensor(data?.tensor);
    paths.set(kind, (paths.get(kind) ?? "") + path);
  }
  return paths;
}

interface Props {
  nodes: readonly FlowNode[];
  edges: readonly WireFlowEdge[];
  direction: Direction;
}

/**
 * The wires of a large graph seen from far away, where none can be told from its neighbours or taken hold of: a few
 * paths in place of thousands of elements. What hangs on a node being dragged is drawn apart from what rests.
 */
export function FarWires({ nodes, edges, direction }: Props) {
  const { x, y, zoom } = useViewport();
  const key = nodes.flatMap((node) => (node.dragging ? [node.id] : [])).join(" ");
  // While something is dragged the rest stays where it was when that began.
  const rest = useRef({ nodes, key });
  if (!key || rest.current.key !== key) rest.current = { nodes, key };
  const resting = rest.current.nodes;
  const still = useMemo(() => {
    const moving = new Set(key.split(" "));
    return pathsOf(byId(resting), edges.filter((edge) => !moving.has(edge.source) && !moving.has(edge.target)), direction);
  }, [resting, key, edges, direction]);
  const hanging = useMemo(() => {
    const moving = new Set(key.split(" "));
    return edges.filter((edge) => moving.has(edge.source) || moving.has(edge.target));
  }, [key, edges]);
  const moved = key ? pathsOf(byId(nodes), hanging, direction) : NONE;
  return (
    <svg className="ed-far-wires" aria-hidden="true">
      <g transform={`translate(${x} ${y}) scale(${zoom})`}>
        {[...still].map(([kind, path]) => <path key={kind} data-kind={kind} d={path} />)}
        {[...moved].map(([kind, path]) => <path key={`${kind} moved`} data-kind={kind} d={path} />)}
      </g>
    </svg>
  );
}

const byId = (nodes: readonly FlowNode[]): Map<string, FlowNode> => new Map(nodes.map((node) => [node.id, node]));
