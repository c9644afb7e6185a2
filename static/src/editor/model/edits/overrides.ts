/** Edits of overrides, and what becomes of them when nodes are renamed, removed, ungrouped. */
import { graphOf, isRepeated } from "../graph";
import { STAR, isIdle } from "../overrides";
import type { Alternative, Design, DesignNode, GraphKey, Override, Params } from "../types";

/**
 * Makes the instance at a path different; `unset` takes back what was, and an override that changes nothing goes. What is
 * `put` in the node's place has params of its own.
 */
export function setOverride(
  design: Design,
  args: { at: string; set?: Params; unset?: string[]; put?: Alternative; bypass?: boolean | string | null; mute?: boolean | string | null },
): Design {
  const all = design.overrides ?? [];
  // The last one for the path is the one that holds.
  const index = all.findLastIndex((one) => one.at === args.at);
  const before: Override = args.put ? placing(all[index] ?? { at: args.at }, args.put) : (all[index] ?? { at: args.at });
  const params = { ...before.params, ...args.set };
  for (const name of args.unset ?? []) delete params[name];
  const { params: _, ...rest } = before;
  const after: Override = { ...rest, ...(Object.keys(params).length ? { params } : {}) };
  for (const name of ["bypass", "mute"] as const)
    if (args[name] === null) delete after[name];
    else if (args[name] !== undefined) after[name] = args[name];
  const others = index < 0 ? all : all.filter((_one, at) => at !== index);
  return { ...design, overrides: isIdle(after) ? others : index < 0 ? [...all, after] : all.map((one, at) => (at === index ? after : one)) };
}

function placing({ block: _block, group: _group, generator: _generator, params: _params, ...rest }: Override, put: Alternative): Override {
  return { ...rest, ...put };
}

/** Takes an override back: the instance is as its definition says. */
export function removeOverride(design: Design, args: { index: number }): Design {
  return { ...design, overrides: (design.overrides ?? []).filter((_, at) => at !== args.index) };
}

interface Spot {
  graph: GraphKey;
  nodes: DesignNode[];
}

/**
 * For each part of a path the nodes that it may stand for, null where it is the number of a repetition. Shorter than
 * the path where it leads to nothing; `made` from where on it leads into what a generator makes or an override put there.
 */
function walked(design: Design, parts: string[], replaced: (path: string) => boolean = () => false): { spots: (Spot[] | null)[]; open: boolean } {
  let graphs: GraphKey[] = [null];
  const spots: (Spot[] | null)[] = [];
  for (let at = 0; at < parts.length; at++) {
    const here: Spot[] = graphs
      .map((graph) => ({ graph, nodes: (graphOf(design, graph)?.nodes ?? []).filter((node) => parts[at] === STAR || node.id === parts[at]) }))
      .filter((spot) => spot.nodes.length);
    if (!here.length) return { spots, open: false };
    spots.push(here);
    const nodes = here.flatMap((spot) => spot.nodes);
    const next = parts[at + 1];
    if (next !== undefined && nodes.some(isRepeated) && (next === STAR || /^\d+$/.test(next))) spots.push(null), at++;
    const alternatives = nodes.flatMap((node): Alternative[] => (node.choice ? Object.values(node.choice) : [node]));
    if (alternatives.some((one) => one.generator) || replaced(parts.slice(0, at + 1).join("."))) return { spots, open: true };
    graphs = [...new Set(alternatives.flatMap((one) => (one.group ? [one.group] : [])))];
  }
  return { spots, open: false };
}

/** Does a path name a node, or lead through it? */
export const addresses = (design: Design, at: string, graph: GraphKey, id: string): boolean =>
  walked(design, at.split(".")).spots.some((spot) => spot?.some((one) => one.graph === graph && one.nodes.some((node) => node.id === id)));

/** Does a path name a node of the document, or what lies inside one that is made anew each time? */
function isThere(design: Design, at: string): boolean {
  const parts = at.split(".");
  const replaced = (path: string): boolean => !!design.overrides?.some((one) => one.at === path && (one.group || one.generator));
  const { spots, open } = walked(design, parts, replaced);
  return open || spots.length === parts.length;
}

/** Without the overrides whose node was there before and is gone; the same design where there are none. */
export function withoutLost(before: Design, after: Design): Design {
  if (!after.overrides?.length || after === before) return after;
  const kept = after.overrides.filter((one) => !isThere(before, one.at) || isThere(after, one.at));
  return kept.length === after.overrides.length ? after : { ...after, overrides: kept };
}

/** The overrides with a node's new id in their paths. */
export function renamedInOverrides(design: Design, key: GraphKey, from: string, to: string): Design["overrides"] {
  return design.overrides?.map((one) => {
    const parts = one.at.split(".");
    const { spots } = walked(design, parts);
    spots.forEach((spot, at) => {
      if (parts[at] === from && spot?.some(({ graph, nodes }) => graph === key && nodes.some((node) => node.id === from))) parts[at] = to;
    });
    const path = parts.join(".");
    return path === one.at ? one : { ...one, at: path };
  });
}

/** A node as an override has it. */
export function overridden(node: DesignNode, override: Override): DesignNode {
  const { at: _, params = {}, block, group, generator, ...switches } = override;
  const on = Object.fromEntries(Object.entries(switches).filter(([, one]) => one !== null && one !== undefined));
  if (block || group || generator) {
    const { block: _block, group: _group, generator: _generator, choice: _choice, pick: _pick, ...rest } = node;
    return { ...rest, ...(block ? { block } : group ? { group } : { generator: generator! }), params, ...on };
  }
  if (!Object.keys(params).length) return { ...node, ...on };
  if (!node.choice) return { ...node, params: { ...node.params, ...params }, ...on };
  const choice = Object.fromEntries(Object.entries(node.choice).map(([name, one]) => [name, { ...one, params: { ...one.params, ...params } }]));
  return { ...node, choice, ...on };
}

/**
 * Writes into the nodes at the top themselves, each of which is at one path only, what overrides say of them. Overrides
 * with a star stay, and so do those after them, which must hold over them.
 */
export function settled(design: Design): Design {
  let nodes = design.nodes;
  let starred = false;
  const left: Override[] = [];
  for (const one of design.overrides ?? []) {
    starred ||= one.at.includes(STAR);
    if (starred || !nodes.some((node) => node.id === one.at)) left.push(one);
    else nodes = nodes.map((node) => (node.id === one.at ? overridden(node, one) : node));
  }
  return left.length === (design.overrides?.length ?? 0) ? design : { ...design, nodes, overrides: left };
}
