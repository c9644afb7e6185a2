/** Writes what overrides say of the inside of an instance into its definition, once that is its own. */
import { allGraphs, freshName, graphOf, groupUses, groupsOf, isRepeated, nodeOf, withNode } from "../graph";
import { STAR, replaces } from "../overrides";
import type { Design, DesignNode, GraphKey, Override } from "../types";
import { overridden } from "./overrides";

/** May two paths mean the same node? */
const overlap = (a: string[], b: string[]): boolean => a.length === b.length && a.every((part, at) => part === STAR || b[at] === STAR || part === b[at]);

/** The one path to the inside of a graph, a star for repetitions; null where it stands at several places, or may. */
function onlyWay(design: Design, key: GraphKey): string[] | null {
  const way: string[] = [];
  for (let inner = key, met = new Set<GraphKey>(); inner !== null; ) {
    const uses = allGraphs(design).flatMap(([graph, { nodes }]) => nodes.filter((node) => groupsOf(node).includes(inner!)).map((node) => ({ graph, node })));
    const [use] = uses;
    if (uses.length !== 1 || !use || use.node.choice || met.has(inner) || design.overrides?.some((one) => one.group === inner)) return null;
    met.add(inner);
    way.unshift(use.node.id, ...(isRepeated(use.node) ? [STAR] : []));
    inner = use.graph;
  }
  return way;
}

/**
 * What overrides say of the inside of the group `key` becomes the group's own, where it stands at one place only; groups
 * inside that others use as well are told apart on the way. What is meant for a single repetition stays at its path, and
 * so does what holds over something that stays.
 */
export function settledInside(design: Design, key: string): Design {
  const way = onlyWay(design, key);
  if (!way || !design.overrides?.length) return design;
  const all = design.overrides.map((one) => ({ one, parts: one.at.split(".") }));
  const stays = new Set<Override>();
  const isHeld = (parts: string[]): boolean =>
    all.some((other) => stays.has(other.one) && (overlap(other.parts, parts) || (replaces(other.one) && overlap(other.parts, parts.slice(0, other.parts.length)))));
  let result = design;
  // What contains comes before what it contains: another group in its place has other nodes inside.
  for (const { one, parts } of all.toSorted((a, b) => a.parts.length - b.parts.length)) {
    const inside = parts.length > way.length && way.every((part, at) => part === parts[at]);
    const next = inside && !isHeld(parts) ? written(result, key, parts.slice(way.length), one) : null;
    if (next) result = { ...next, overrides: next.overrides!.filter((other) => other !== one) };
    else stays.add(one);
  }
  return result;
}

/** The design with an override written to the node that a path leads to from a graph; null where there is no one such node. */
function written(design: Design, key: string, [id = "", ...rest]: string[], override: Override): Design | null {
  const node = nodeOf(graphOf(design, key), id);
  if (!node) return null;
  const become = (of: Design, change: (one: DesignNode) => DesignNode): Design => withNode(of, key, id, change);
  if (!rest.length) return become(design, (one) => overridden(one, override));
  if (isRepeated(node) && (rest.shift() !== STAR || !rest.length)) return null;
  const group = node.group && design.groups?.[node.group];
  if (!group) return null;
  const shared = groupUses(design).get(node.group!) !== 1 || design.overrides?.some((one) => one.group === node.group);
  if (!shared) return written(design, node.group!, rest, override);
  const name = freshName(node.group!, Object.keys(design.groups!));
  return written(become({ ...design, groups: { ...design.groups, [name]: group } }, (one) => ({ ...one, group: name })), name, rest, override);
}
