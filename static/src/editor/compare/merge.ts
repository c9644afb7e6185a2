/** Two states of one graph as one picture: what both have, what only one has, what has changed. */
import type { Schemas } from "@shared/types";
import type { Direction } from "../layout/layered";
import { type Item, NODE_WIDTH, itemsOf, placedGraph, roughBox } from "../layout/place";
import { value } from "../model/format";
import { edgeId, graphOf } from "../model/graph";
import { wordsOf } from "../model/overrides";
import type { Design, DesignNode, Edge, Graph, GraphKey, GraphPort, Json, Override, Position, Variable } from "../model/types";

export type Changes = Schemas["DesignDifference"];
type Change = Pick<Changes, "nodes" | "edges" | "ends">;
export type Fate = "same" | "added" | "removed" | "changed";

export interface ShownNode {
  id: string;
  kind: Item["kind"];
  title: string;
  fate: Fate;
  /** What has changed, a line for each part. */
  lines: string[];
  position: Position;
}

export interface ShownWire {
  id: string;
  edge: Edge;
  fate: Exclude<Fate, "changed">;
}

export interface Merged {
  nodes: ShownNode[];
  wires: ShownWire[];
}

const EMPTY: Graph = { inputs: [], outputs: [], nodes: [], edges: [] };

/** The difference of one graph: the design's own (null) or a group's. */
export const changeOf = (changes: Changes, key: GraphKey): Change | undefined => (key === null ? changes : changes.groups?.[key]);

/** Graphs in which something differs, the design's own first. */
export const changedGraphs = (changes: Changes): GraphKey[] => [
  ...(changes.nodes || changes.edges || changes.ends ? [null] : []),
  ...Object.keys(changes.groups ?? {}),
];

export function merge(before: Design, after: Design, key: GraphKey, changes: Changes, direction: Direction): Merged {
  const old = placedGraph(graphOf(before, key) ?? EMPTY, direction);
  const fresh = placedGraph(graphOf(after, key) ?? EMPTY, direction);
  const changed = changeOf(changes, key)?.nodes?.changed ?? {};
  const known = new Set(itemsOf(old).map((item) => item.id));
  const kept = itemsOf(fresh).map((item): ShownNode => {
    const lines = linesOf(changed[item.id]);
    return { ...shown(item), fate: !known.has(item.id) ? "added" : lines.length ? "changed" : "same", lines };
  });
  const present = new Set(kept.map((node) => node.id));
  const nodes = [...kept];
  for (const item of itemsOf(old))
    if (!present.has(item.id)) nodes.push({ ...shown(item), fate: "removed", lines: [], position: free(nodes, item) });
  return { nodes, wires: wiresOf(old, fresh) };
}

const shown = (item: Item): Omit<ShownNode, "fate" | "lines"> => ({
  id: item.id,
  kind: item.kind,
  title: item.kind === "node" ? titleOf(item.item as DesignNode) : (item.item as GraphPort).name,
  position: item.position ?? { x: 0, y: 0 },
});

const titleOf = (node: DesignNode): string => node.label || node.group || node.block || node.generator || Object.keys(node.choice ?? {}).join(" | ");

/** Where a node that is gone had its place, beside what may lie there now. */
function free(nodes: readonly ShownNode[], item: Item): Position {
  const { height } = roughBox(item);
  const at = { ...(item.position ?? { x: 0, y: 0 }) };
  const taken = (): boolean => nodes.some((node) => Math.abs(node.position.x - at.x) < NODE_WIDTH && Math.abs(node.position.y - at.y) < height);
  while (taken()) at.x += NODE_WIDTH + 40;
  return at;
}

function wiresOf(old: Graph, fresh: Graph): ShownWire[] {
  const before = new Set(old.edges.map(edgeId));
  const after = new Set(fresh.edges.map(edgeId));
  return [
    ...fresh.edges.map((edge): ShownWire => ({ id: edgeId(edge), edge, fate: before.has(edgeId(edge)) ? "same" : "added" })),
    ...old.edges.filter((edge) => !after.has(edgeId(edge))).map((edge): ShownWire => ({ id: edgeId(edge), edge, fate: "removed" })),
  ];
}

/** `{ "params.width": [16, 32] }` in words: "width 16 → 32". */
export const linesOf = (change: Record<string, unknown> | undefined): string[] =>
  Object.entries(change ?? {}).map(([part, pair]) => {
    const [was, is] = pair as [Json, Json];
    return `${part.replace(/^params\./, "").replace(/_/g, " ")} ${word(was)} → ${word(is)}`;
  });

const word = (one: Json | undefined): string => (one === null || one === undefined ? "none" : typeof one === "object" && !Array.isArray(one) ? JSON.stringify(one) : value(one));

/** What differs outside of the graphs: variables, facts, and single instances. */
export const otherLines = (changes: Changes): string[] => [
  ...Object.entries(changes.variables ?? {}).map(([name, pair]) => variableLine(name, ...(pair as unknown as [Variable | null, Variable | null]))),
  ...linesOf(changes.facts).map((line) => `fact ${line}`),
  ...Object.entries(changes.overrides ?? {}).map(([at, pair]) => overrideLine(at, ...(pair as unknown as [Partial<Override> | null, Partial<Override> | null]))),
];

function overrideLine(at: string, was: Partial<Override> | null, is: Partial<Override> | null): string {
  const said = (one: Partial<Override> | null): string => (one ? wordsOf(one).join(", ") : "as defined");
  return `only at ${at}: ${said(was)} → ${said(is)}`;
}

function variableLine(name: string, was: Variable | null, is: Variable | null): string {
  if (!was || !is) return `variable ${name} ${is ? "added" : "removed"}`;
  const same = JSON.stringify(was.value) === JSON.stringify(is.value);
  return same ? `variable ${name}: where it may vary has changed` : `variable ${name} ${word(was.value)} → ${word(is.value)}`;
}

export const isEqual = (changes: Changes): boolean => !changedGraphs(changes).length && !otherLines(changes).length && !changes.ties;
