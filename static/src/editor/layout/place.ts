/** Canvas sizes and first positions of nodes that came without one. */
import { joinEnd, splitEnd } from "../model/graph";
import { type Design, type DesignNode, type Graph, type GraphPort, type Position, type Spot, INPUT, OUTPUT } from "../model/types";
import { type Box, type Direction, type Link, layered } from "./layered";

export const NODE_WIDTH = 240;
export const NODE_HEIGHT = 87;
/** A block without params has no line for them. */
const BARE_HEIGHT = 66;
const PORT_HEIGHT = 52;
export const PORT_WIDTH = 160;

/** The canvas id of an edge's end: the graph's own ports are a node each. */
export function flowId(end: string): string {
  const { node, port } = splitEnd(end);
  return node === INPUT || node === OUTPUT ? joinEnd(node, port) : node;
}

export interface Item {
  id: string;
  kind: "node" | "input" | "output";
  position: Spot | null | undefined;
  item: DesignNode | GraphPort;
}

export function itemsOf(graph: Graph): Item[] {
  const ports = (side: "input" | "output", list: GraphPort[]): Item[] =>
    list.map((port) => ({ id: joinEnd(side, port.name), kind: side, position: port.position, item: port }));
  return [
    ...ports("input", graph.inputs),
    ...graph.nodes.map((node): Item => ({ id: node.id, kind: "node", position: node.position, item: node })),
    ...ports("output", graph.outputs),
  ];
}

export const linksOf = (graph: Graph): Link[] =>
  graph.edges.map((edge) => ({ from: flowId(edge.from), to: flowId(edge.to) }));

function isBare(node: DesignNode): boolean {
  const one = node.choice ? (node.choice[node.pick ?? ""] ?? Object.values(node.choice)[0] ?? {}) : node;
  return !one.group && !Object.keys(one.params ?? {}).length;
}

export const roughBox = (item: Item): Box =>
  item.kind === "node"
    ? { id: item.id, width: NODE_WIDTH, height: isBare(item.item as DesignNode) ? BARE_HEIGHT : NODE_HEIGHT }
    : { id: item.id, width: PORT_WIDTH, height: PORT_HEIGHT };

const BESIDE = 120;

/** Where an item without a place goes in a graph whose other nodes have one: inputs before, outputs after, rest aside. */
function besideOthers(graph: Graph, items: Item[], direction: Direction): Map<string, Position> {
  const spots = new Map<string, Position>();
  for (const item of items) if (item.position) spots.set(item.id, item.position);
  const links = linksOf(graph);
  const all = [...spots.values()];
  const low = { x: Math.min(...all.map((spot) => spot.x)), y: Math.min(...all.map((spot) => spot.y)) };
  const high = { x: Math.max(...all.map((spot) => spot.x)), y: Math.max(...all.map((spot) => spot.y)) };
  let aside = 0;
  const given = new Map<string, Position>();
  for (const item of items) {
    if (item.position) continue;
    const link = links.find((one) => (item.kind === "output" ? one.to : one.from) === item.id);
    const near = link && spots.get(item.kind === "output" ? link.from : link.to);
    const inset = (NODE_WIDTH - PORT_WIDTH) / 2;
    const number = [...given.keys()].filter((id) => id.startsWith(`${item.kind}.`)).length * (PORT_WIDTH + 24);
    if (item.kind === "node") given.set(item.id, { x: high.x + NODE_WIDTH + 64, y: low.y + aside++ * (NODE_HEIGHT + 40) });
    else if (direction === "down") {
      const y = item.kind === "input" ? low.y - BESIDE : high.y + NODE_HEIGHT + BESIDE - PORT_HEIGHT;
      given.set(item.id, { x: (near?.x ?? low.x + number) + inset, y });
    } else {
      const x = item.kind === "input" ? low.x - PORT_WIDTH - 64 : high.x + NODE_WIDTH + 64;
      given.set(item.id, { x, y: near?.y ?? low.y + number / 2 });
    }
  }
  return given;
}

/** The graph with a position for everything; what has one keeps it. */
function placeAll<G extends Graph>(graph: G, direction: Direction): G {
  const items = itemsOf(graph);
  if (items.every((item) => item.position)) return graph;
  const some = items.some((item) => item.kind === "node" && item.position);
  const found = some ? besideOthers(graph, items, direction) : layered(items.map(roughBox), linksOf(graph), direction);
  const at = <T extends { position?: Position | null }>(item: T, id: string): T => {
    if (item.position && some) return item;
    const spot = found.get(id) ?? { x: 0, y: 0 };
    return { ...item, position: { x: Math.round(spot.x), y: Math.round(spot.y) } };
  };
  return {
    ...graph,
    nodes: graph.nodes.map((node) => at(node, node.id)),
    inputs: graph.inputs.map((port) => at(port, joinEnd(INPUT, port.name))),
    outputs: graph.outputs.map((port) => at(port, joinEnd(OUTPUT, port.name))),
  };
}

const known = new WeakMap<Graph, Graph>();

/** The same graph placed gives the same picture, as long as nobody edits it. */
export function placedGraph<G extends Graph>(graph: G, direction: Direction): G {
  let placed = known.get(graph) as G | undefined;
  if (!placed) known.set(graph, (placed = placeAll(graph, direction)));
  return placed;
}

/** A design in which everything lies somewhere, at every level. */
export function placed(design: Design, direction: Direction): Design {
  const top = placedGraph(design, direction);
  const groups = Object.entries(design.groups ?? {}).map(([name, group]) => [name, placedGraph(group, direction)] as const);
  if (top === design && groups.every(([name, group]) => group === design.groups?.[name])) return design;
  return { ...top, groups: Object.fromEntries(groups) };
}
