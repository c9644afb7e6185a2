/** A generator's node becomes that of an ordinary group. */
import { freshName, graphOf, nodeOf, withNode } from "../graph";
import { madeBy } from "../made";
import type { Alternative, Design, DesignNode, GraphKey, Group } from "../types";

/** Puts what a generator made, given by key with all groups inside, among the design's groups, and the node on it. */
export function settleGenerator(design: Design, args: { graph: GraphKey; node: string; key: string; groups: Record<string, Group> }): Design {
  const node = nodeOf(graphOf(design, args.graph), args.node);
  const whole = args.groups[args.key];
  if (!node?.generator || !whole) return design;
  const names = new Map<string, string>();
  const taken = Object.keys(design.groups ?? {});
  for (const key of Object.keys(args.groups)) {
    const name = freshName(key === args.key ? node.generator : madeBy(key).name, [...taken, ...names.values()]);
    names.set(key, name);
  }
  const named = <T extends Alternative>(one: T): T => (one.group && names.has(one.group) ? { ...one, group: names.get(one.group)! } : one);
  const inside = (one: DesignNode): DesignNode => ({
    ...named(one),
    ...(one.choice ? { choice: Object.fromEntries(Object.entries(one.choice).map(([name, part]) => [name, named(part)])) } : {}),
  });
  const groups = Object.fromEntries(Object.entries(args.groups).map(([key, group]) => [names.get(key)!, { ...group, nodes: group.nodes.map(inside) }]));
  return withNode({ ...design, groups: { ...design.groups, ...groups } }, args.graph, args.node, ({ generator: _, params, ...rest }) => ({
    ...rest,
    group: names.get(args.key)!,
    params: Object.fromEntries(Object.entries(params ?? {}).filter(([name]) => name in (whole.params ?? {}))),
  }));
}
