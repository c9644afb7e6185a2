/** The clipboard is JSON text, so it works across tabs and can be read by people. */
import { freshId, freshName, graphOf, groupClosure, groupsOf, joinEnd, sameEdge, splitEnd } from "./graph";
import type { Command } from "./commands";
import type { Alternative, Design, DesignNode, Edge, GraphKey, Group, Position } from "./types";

export const CLIP_FORMAT = "blockyard.clipboard";

export interface Clip {
  format: typeof CLIP_FORMAT;
  version: 1;
  nodes: DesignNode[];
  edges: Edge[];
  /** Wires that came into the copied nodes from outside, for pasting with inputs kept. */
  feeds: Edge[];
  groups: Record<string, Group>;
}

export function copy(design: Design, key: GraphKey, ids: string[]): Clip | null {
  const graph = graphOf(design, key);
  const chosen = new Set(ids);
  const nodes = graph?.nodes.filter((node) => chosen.has(node.id)) ?? [];
  if (!graph || !nodes.length) return null;
  const within = (end: string): boolean => chosen.has(splitEnd(end).node);
  const groups: Record<string, Group> = {};
  for (const name of nodes.flatMap(groupsOf).flatMap((group) => [...groupClosure(design, group)]))
    if (design.groups?.[name]) groups[name] = design.groups[name];
  return {
    format: CLIP_FORMAT,
    version: 1,
    nodes,
    edges: graph.edges.filter((edge) => within(edge.from) && within(edge.to)),
    feeds: graph.edges.filter((edge) => !within(edge.from) && within(edge.to)),
    groups,
  };
}

/** Reads clipboard text; null when it is no clip of ours. */
export function readClip(text: string): Clip | null {
  if (!text.includes(CLIP_FORMAT)) return null;
  try {
    const clip = JSON.parse(text) as Partial<Clip>;
    if (clip.format !== CLIP_FORMAT || !Array.isArray(clip.nodes) || !Array.isArray(clip.edges)) return null;
    return { groups: {}, feeds: [], ...clip } as Clip;
  } catch {
    return null;
  }
}

export interface Paste {
  command: Command;
  ids: string[];
}

/** The command that pastes a clip: new ids, groups renamed where the same name means something else here. */
export function paste(
  design: Design,
  key: GraphKey,
  clip: Clip,
  where: { at?: Position; offset?: Position; keepInputs?: boolean } = {},
): Paste | string {
  const graph = graphOf(design, key);
  if (!graph) return "This graph is gone.";
  if (key !== null && Object.keys(clip.groups).some((name) => groupClosure(withGroups(design, clip), name).has(key)))
    return `Cannot paste here: a group cannot contain itself (${key}).`;

  const groupNames = new Map<string, string>();
  const groups: Record<string, Group> = {};
  const taken = new Set(Object.keys(design.groups ?? {}));
  for (const [name, group] of Object.entries(clip.groups)) {
    const same = design.groups?.[name] && JSON.stringify(design.groups[name]) === JSON.stringify(group);
    const to = same || !taken.has(name) ? name : freshName(name, taken);
    groupNames.set(name, to);
    taken.add(to);
  }
  for (const [name, group] of Object.entries(clip.groups))
    groups[groupNames.get(name)!] = { ...group, nodes: group.nodes.map((node) => withGroupNames(node, groupNames)) };

  const ids = new Map<string, string>();
  const used: string[] = [];
  for (const node of clip.nodes) {
    const id = freshId(graph, node.id, used);
    ids.set(node.id, id);
    used.push(id);
  }
  const shift = shiftOf(clip, where);
  const nodes = clip.nodes.map((node) => {
    const position = node.position && { x: node.position.x + shift.x, y: node.position.y + shift.y };
    return { ...withGroupNames(node, groupNames), id: ids.get(node.id)!, ...(position ? { position } : {}) };
  });
  const end = (value: string): string => {
    const { node, port } = splitEnd(value);
    return joinEnd(ids.get(node) ?? node, port);
  };
  const edges = clip.edges.map((edge) => ({ from: end(edge.from), to: end(edge.to) }));
  if (where.keepInputs) {
    const known = new Set(graph.nodes.map((node) => node.id));
    for (const edge of clip.feeds) {
      const { node, port } = splitEnd(edge.from);
      const there = known.has(node) || (node === "input" && graph.inputs.some((one) => one.name === port));
      const wire = { from: edge.from, to: end(edge.to) };
      if (there && !edges.some((other) => sameEdge(other, wire))) edges.push(wire);
    }
  }
  return { command: { type: "addNodes", args: { graph: key, nodes, edges, groups } }, ids: nodes.map((node) => node.id) };
}

const withGroups = (design: Design, clip: Clip): Design => ({ ...design, groups: { ...clip.groups, ...design.groups } });

function withGroupNames(node: DesignNode, names: Map<string, string>): DesignNode {
  if (!groupsOf(node).some((name) => names.get(name) !== name)) return node;
  const one = <T extends Alternative>(item: T): T =>
    item.group ? { ...item, group: names.get(item.group) ?? item.group } : item;
  return {
    ...one(node),
    ...(node.choice
      ? { choice: Object.fromEntries(Object.entries(node.choice).map(([name, item]) => [name, one(item)])) }
      : {}),
  };
}

function shiftOf(clip: Clip, where: { at?: Position; offset?: Position }): Position {
  const placed = clip.nodes.map((node) => node.position).filter((position) => !!position);
  if (!where.at || !placed.length) return where.offset ?? { x: 40, y: 40 };
  const middle = (axis: "x" | "y"): number => {
    const values = placed.map((position) => position[axis]);
    return (Math.min(...values) + Math.max(...values)) / 2;
  };
  return { x: where.at.x - middle("x"), y: where.at.y - middle("y") };
}
