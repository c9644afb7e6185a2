/** Reading and replacing the graphs of a design, and finding one's way by instance paths. */
import { madeGroup } from "./made";
import {
  type Alternative,
  type Design,
  type DesignNode,
  type Edge,
  type Graph,
  type Group,
  type GraphKey,
  type Json,
  INPUT,
  OUTPUT,
} from "./types";

export interface End {
  node: string;
  port: string;
}

/** Splits `conv1.x`; node ids have no dot, port names none either. */
export function splitEnd(end: string): End {
  const dot = end.indexOf(".");
  return dot < 0 ? { node: end, port: "" } : { node: end.slice(0, dot), port: end.slice(dot + 1) };
}

export const joinEnd = (node: string, port: string): string => `${node}.${port}`;
export const edgeId = (edge: Edge): string => `${edge.from}→${edge.to}`;
export const sameEdge = (a: Edge, b: Edge): boolean => a.from === b.from && a.to === b.to;

/** A group of the design, or one that a generator made. */
export const groupOf = (design: Design, key: string): Group | undefined => design.groups?.[key] ?? madeGroup(key);

export function graphOf(design: Design, key: GraphKey): Graph | undefined {
  return key === null ? design : groupOf(design, key);
}

/** The design with one of its graphs changed; the same object when nothing changed. */
export function withGraph(design: Design, key: GraphKey, change: (graph: Graph) => Partial<Graph>): Design {
  const graph = graphOf(design, key);
  if (!graph) return design;
  const patch = change(graph);
  const keys = Object.keys(patch) as (keyof Graph)[];
  if (keys.every((name) => patch[name] === graph[name])) return design;
  if (key === null) return { ...design, ...patch };
  const group = design.groups?.[key];
  // What a generator made cannot be changed.
  if (!group) return design;
  return { ...design, groups: { ...design.groups, [key]: { ...group, ...patch } } };
}

export const nodeOf = (graph: Graph | undefined, id: string): DesignNode | undefined =>
  graph?.nodes.find((node) => node.id === id);

export function withNode(
  design: Design,
  key: GraphKey,
  id: string,
  change: (node: DesignNode) => DesignNode,
): Design {
  return withGraph(design, key, (graph) => {
    const index = graph.nodes.findIndex((node) => node.id === id);
    if (index < 0) return {};
    const before = graph.nodes[index]!;
    const after = change(before);
    if (after === before) return {};
    const nodes = graph.nodes.slice();
    nodes[index] = after;
    return { nodes };
  });
}

/** What a node stands for now: itself, or for a choice the alternative that is picked. */
export function pickedName(design: Design, node: DesignNode): string | undefined {
  if (!node.choice) return undefined;
  const names = Object.keys(node.choice);
  let pick: Json | undefined = node.pick;
  if (typeof pick === "string" && pick.startsWith("=")) {
    const variable = design.variables?.[pick.slice(1).trim()];
    pick = variable ? variable.value : undefined;
  }
  if (typeof pick === "string" && names.includes(pick)) return pick;
  if (typeof pick === "number" && names[pick] !== undefined) return names[pick];
  return names[0];
}

export function meaningOf(design: Design, node: DesignNode): Alternative {
  if (!node.choice) return node;
  const name = pickedName(design, node);
  return (name !== undefined && node.choice[name]) || {};
}

/** All group names a node may stand for. */
export function groupsOf(node: DesignNode): string[] {
  const names = node.group ? [node.group] : [];
  for (const alternative of Object.values(node.choice ?? {})) if (alternative.group) names.push(alternative.group);
  return names;
}

/** Every graph of the design with its key. */
export function allGraphs(design: Design): [GraphKey, Graph][] {
  const graphs: [GraphKey, Graph][] = [[null, design]];
  for (const [name, group] of Object.entries(design.groups ?? {})) graphs.push([name, group]);
  return graphs;
}

/** How often each group stands in the design, by definition, not by instance. */
export function groupUses(design: Design): ReadonlyMap<string, number> {
  let uses = used.get(design);
  if (!uses) used.set(design, (uses = countUses(design)));
  return uses;
}

const used = new WeakMap<Design, ReadonlyMap<string, number>>();

function countUses(design: Design): Map<string, number> {
  const uses = new Map<string, number>();
  for (const [, graph] of allGraphs(design))
    for (const node of graph.nodes)
      for (const name of groupsOf(node)) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}

/** Names of the groups that `name` contains, at any depth, itself included. */
export function groupClosure(design: Design, name: string): Set<string> {
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const node of design.groups?.[key]?.nodes ?? []) groupsOf(node).forEach(visit);
  };
  visit(name);
  return seen;
}

const VALID_ID = /^[A-Za-z0-9_]+$/;
export const RESERVED = new Set([INPUT, OUTPUT]);

export function idProblem(graph: Graph, id: string, current?: string): string | null {
  if (id === current) return null;
  if (!VALID_ID.test(id)) return `"${id}" cannot be an id: use letters, digits and underscores.`;
  if (RESERVED.has(id)) return `"${id}" is reserved for the graph's own ports: choose another id.`;
  if (graph.nodes.some((node) => node.id === id)) return `There is a node "${id}" already: choose another id.`;
  return null;
}

/** `base`, or `base` with the first number that makes it new among `taken`. */
export function freshName(base: string, taken: Iterable<string>): string {
  const names = new Set(taken);
  const clean = base.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+|_+$/g, "") || "node";
  if (!names.has(clean) && !RESERVED.has(clean)) return clean;
  const stem = clean.replace(/\d+$/, "") || clean;
  for (let number = 2; ; number++) if (!names.has(`${stem}${number}`)) return `${stem}${number}`;
}

export const freshId = (graph: Graph, base: string, also: Iterable<string> = []): string =>
  freshName(base, [...graph.nodes.map((node) => node.id), ...also]);

/** One step into a group instance: the node entered and, if it repeats, which repetition is looked at. */
export interface Step {
  node: string;
  index: number | null;
}

export interface Place {
  graph: GraphKey;
  /** Prefix of the paths of this graph's nodes in an analysis report, "" at the top. */
  path: string;
}

export const isRepeated = (node: DesignNode): boolean => node.repeat !== undefined && node.repeat !== null;

/** The key of what a generator made at a path, where that is known. */
export type MadeAt = (path: string) => string | null | undefined;

/** Where a list of steps leads; stops early (and says so by a shorter `steps`) when a step no longer exists. */
export function placeOf(design: Design, steps: Step[], madeAt: MadeAt = () => undefined): Place & { steps: Step[] } {
  let graph: GraphKey = null;
  const parts: string[] = [];
  const taken: Step[] = [];
  for (const step of steps) {
    const node = nodeOf(graphOf(design, graph), step.node);
    if (!node) break;
    const meaning: Alternative = meaningOf(design, node);
    const index = isRepeated(node) ? (step.index ?? 0) : null;
    const inside = index === null ? [step.node] : [step.node, String(index)];
    const group: string | null | undefined = meaning.generator ? madeAt([...parts, ...inside].join(".")) : meaning.group;
    if (!group || !groupOf(design, group)) break;
    parts.push(...inside);
    taken.push(index === step.index ? step : { node: step.node, index });
    graph = group;
  }
  return { graph, path: parts.join("."), steps: taken };
}

export const joinPath = (prefix: string, id: string): string => (prefix ? `${prefix}.${id}` : id);

export interface Located {
  graph: GraphKey;
  node: string;
  steps: Step[];
}

/** The node that a report path such as `stage1.0.conv1` names, or its deepest ancestor that exists. */
export function locate(design: Design, path: string): Located | null {
  const parts = path.split(".");
  let graph: GraphKey = null;
  const steps: Step[] = [];
  let found: Located | null = null;
  for (let at = 0; at < parts.length; at++) {
    const id = parts[at]!;
    const node: DesignNode | undefined = nodeOf(graphOf(design, graph), id);
    if (!node) return found ?? (RESERVED.has(id) ? { graph, node: id, steps: [...steps] } : null);
    found = { graph, node: id, steps: [...steps] };
    const group: string | null | undefined = meaningOf(design, node).group;
    if (!group) return found;
    let index: number | null = null;
    const next = parts[at + 1];
    if (isRepeated(node)) {
      // A path may name the definition (`stage1.conv1`) instead of one repetition (`stage1.0.conv1`).
      const numbered = next !== undefined && /^(\d+|\*)$/.test(next);
      index = numbered && next !== "*" ? Number(next) : 0;
      if (numbered) at++;
    }
    steps.push({ node: id, index });
    graph = group;
  }
  return found;
}

type Next = ReadonlyMap<string, string[]>;
const neighbours = new WeakMap<Graph["edges"], { after: Next; before: Next }>();

/** Each node's next nodes, with and against the wires; worked out once for a list of edges. */
function neighboursOf(graph: Graph): { after: Next; before: Next } {
  let found = neighbours.get(graph.edges);
  if (!found) {
    const after = new Map<string, string[]>();
    const before = new Map<string, string[]>();
    const add = (map: Map<string, string[]>, key: string, value: string): void => {
      const list = map.get(key);
      if (list) list.push(value);
      else map.set(key, [value]);
    };
    for (const edge of graph.edges) {
      const from = splitEnd(edge.from).node;
      const to = splitEnd(edge.to).node;
      add(after, from, to);
      add(before, to, from);
    }
    neighbours.set(graph.edges, (found = { after, before }));
  }
  return found;
}

function reach(next: Next, start: string): Set<string> {
  const seen = new Set<string>([start]);
  const queue = [start];
  while (queue.length) for (const id of next.get(queue.pop()!) ?? []) if (!seen.has(id)) seen.add(id), queue.push(id);
  return seen;
}

/** Nodes reachable from `start` along the edges, `start` included. */
export const downstream = (graph: Graph, start: string): Set<string> => reach(neighboursOf(graph).after, start);

// While a wire is drawn one of its ends stays, and every port asks about the other.
let asked: { edges: Graph["edges"]; from: string; to: string; above: Set<string>; below: Set<string> } | null = null;

/** Would a wire from `from` to `to` close a loop? */
export function closesLoop(graph: Graph, from: string, to: string): boolean {
  if (from === INPUT || to === OUTPUT) return false;
  if (asked?.edges === graph.edges) {
    if (asked.from === from) return asked.above.has(to);
    if (asked.to === to) return asked.below.has(from);
  }
  const { after, before } = neighboursOf(graph);
  asked = { edges: graph.edges, from, to, above: reach(before, from), below: reach(after, to) };
  return asked.above.has(to);
}
