/** Adding by keyboard, beside what is selected: after it, before it, or as a branch. */
import { middleOfScreen } from "../canvas/bridge";
import { NODE_HEIGHT, NODE_WIDTH, itemsOf, placedGraph, roughBox } from "../layout/place";
import type { Command } from "../model/commands";
import { downstream, graphOf, joinEnd, nodeOf, splitEnd } from "../model/graph";
import { portsOf } from "../model/registry";
import { type Design, type Edge, type Graph, type GraphKey, type Position, OUTPUT } from "../model/types";
import { editor } from "../state/store";
import type { QuickAdd } from "../state/types";

export type Side = "after" | "before" | "branch";

/** The end a new node is joined to, and the wires it takes over. */
function joinOf(id: string, side: Side): Pick<QuickAdd, "wire" | "into"> {
  const { registry, place } = editor.getState();
  const design = editor.getState().design();
  const graph = graphOf(design, place.graph);
  const node = nodeOf(graph, id);
  if (!graph) return {};
  const ports = node && registry ? portsOf(design, registry, node) : undefined;
  const isOutput = splitEnd(id).node === OUTPUT;
  if (side === "before" || isOutput) {
    const to = isOutput ? id : ports?.inputs[0] && joinEnd(id, ports.inputs[0].name);
    const edge = graph.edges.find((one) => one.to === to);
    if (edge) return intoWires([edge]);
    return to ? { wire: { end: to, side: "to" } } : {};
  }
  const from = node ? ports?.outputs[0] && joinEnd(id, ports.outputs[0].name) : id;
  if (!from) return {};
  const taken = side === "after" ? graph.edges.filter((edge) => edge.from === from) : [];
  return taken.length ? intoWires(taken) : { wire: { end: from, side: "from" } };
}

const intoWires = (edges: Edge[]): Pick<QuickAdd, "wire" | "into"> => ({ wire: { end: edges[0]!.from, side: "from" }, into: edges });

/** Opens the search for what to add beside the selected node; with none selected, for what stands free. */
export function addBeside(side: Side): void {
  const { selected, registry, notify } = editor.getState();
  const id = [...selected].at(-1);
  // Without the blocks it is not known what the new one would be joined to.
  if (!registry && id) return notify("The blocks are still being fetched: try again in a moment.");
  editor.getState().set({ quickAdd: { screen: boxAt(), at: spotBeside(id, side), ...(id ? joinOf(id, side) : {}) } });
}

/** Opens the search for what to put into a wire. */
export function addIntoWire(edge: Edge): void {
  editor.getState().set({ quickAdd: { screen: boxAt(), at: spotBeside(splitEnd(edge.to).node, "before"), ...intoWires([edge]) } });
}

/** On screen: under what has the focus. */
function boxAt(): Position {
  const row = document.querySelector('.ed-outline-rows [data-active], .react-flow__node.selected')?.getBoundingClientRect();
  return row ? { x: row.left + 60, y: row.bottom + 24 } : middleOfScreen();
}

const GAP = 48;

/** In the graph: the middle of a new node beside another. */
export function spotBeside(id: string | undefined, side: Side): Position {
  const { place, direction } = editor.getState();
  const graph = graphOf(editor.getState().design(), place.graph);
  const items = graph ? itemsOf(placedGraph(graph, direction)) : [];
  const item = items.find((one) => one.id === id) ?? items.at(-1);
  if (!item?.position) return { x: 0, y: 0 };
  const { width, height } = roughBox(item);
  const middle = { x: item.position.x + width / 2, y: item.position.y + height / 2 };
  const by = side === "before" ? -1 : 1;
  if (direction === "down") return { x: middle.x + (side === "branch" ? NODE_WIDTH + GAP : 0), y: middle.y + by * (height + GAP) };
  return { x: middle.x + by * (width + GAP), y: middle.y + (side === "branch" ? height + GAP : 0) };
}

/** Hands the wires over to a new node's output, and moves what comes after it out of its way. */
export function takeOver(design: Design, key: GraphKey, edges: Edge[], id: string, output: string, at: Position): Command[] {
  const graph = graphOf(design, key);
  if (!graph) return [];
  const { direction } = editor.getState();
  const moves = edges.map((edge): Command => ({ type: "reconnect", args: { graph: key, edge, to: { from: joinEnd(id, output), to: edge.to }, variadic: true } }));
  return [...moves, ...makeRoom(placedGraph(graph, direction), key, edges, at, direction === "down" ? "y" : "x")];
}

/** Everything downstream goes as much further as the new node needs. */
function makeRoom(graph: Graph, key: GraphKey, edges: Edge[], at: Position, axis: "x" | "y"): Command[] {
  const after = new Set(edges.flatMap((edge) => (splitEnd(edge.to).node === OUTPUT ? [edge.to] : [...downstream(graph, splitEnd(edge.to).node)])));
  for (const edge of graph.edges) if (after.has(splitEnd(edge.from).node) && splitEnd(edge.to).node === OUTPUT) after.add(edge.to);
  const items = itemsOf(graph).filter((item) => after.has(item.id) && item.position);
  const start = Math.min(...items.map((item) => item.position![axis]));
  const by = Math.round(at[axis] + (axis === "y" ? NODE_HEIGHT : NODE_WIDTH) / 2 + GAP - start);
  if (!(by > 0)) return [];
  const positions = Object.fromEntries(items.map((item) => [item.id, { ...item.position!, [axis]: item.position![axis] + by }]));
  return [{ type: "moveNodes", args: { graph: key, positions } }];
}
