/** Definitions and what stands for them: the nodes of a group, how to get to them, how often they are there. */
import { allGraphs, graphOf, groupsOf, isRepeated, locate, meaningOf, type Step } from "./graph";
import type { Report } from "./report";
import type { Design, GraphKey } from "./types";

export interface Instance {
  graph: GraphKey;
  node: string;
  /** How to get to the graph it lies in; null where no alternative that is picked leads there. */
  steps: Step[] | null;
  repeat: number | string | null;
}

/** The shortest way into every graph of the design. */
export function waysIn(design: Design): Map<GraphKey, Step[]> {
  const ways = new Map<GraphKey, Step[]>([[null, []]]);
  const queue: GraphKey[] = [null];
  for (let key = queue.shift(); key !== undefined; key = queue.shift())
    for (const node of graphOf(design, key)?.nodes ?? []) {
      const { group } = meaningOf(design, node);
      if (!group || ways.has(group) || !design.groups?.[group]) continue;
      ways.set(group, [...ways.get(key)!, { node: node.id, index: isRepeated(node) ? 0 : null }]);
      queue.push(group);
    }
  return ways;
}

/** The nodes that stand for a group, or may. */
export function instancesOf(design: Design, group: string): Instance[] {
  const ways = waysIn(design);
  return allGraphs(design).flatMap(([graph, { nodes }]) =>
    nodes
      .filter((node) => groupsOf(node).includes(group))
      .map((node) => ({ graph, node: node.id, steps: ways.get(graph) ?? null, repeat: node.repeat ?? null })),
  );
}

/** How often a node repeats, at each place where its graph is opened: different numbers, each once. */
export function repeatsAt(design: Design, report: Report | null, graph: GraphKey, node: string): number[] {
  const counts = new Set<number>();
  for (const [path, found] of Object.entries(report?.nodes ?? {})) {
    if (found.repeat == null || !(path === node || path.endsWith(`.${node}`))) continue;
    const place = locate(design, path);
    if (place?.graph === graph && place.node === node) counts.add(found.repeat);
  }
  return [...counts].sort((a, b) => a - b);
}
