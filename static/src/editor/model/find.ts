/** Every node of a design, at any depth, with what it can be found by and the way to it. */
import { graphOf, groupsOf, isRepeated, joinEnd, meaningOf, type Step } from "./graph";
import type { Field } from "./fuzzy";
import { type Design, type GraphKey, INPUT, OUTPUT, type Params } from "./types";

export interface Found {
  key: string;
  /** The canvas id. */
  id: string;
  graph: GraphKey;
  /** The groups to enter to see it. */
  steps: Step[];
  label: string | null;
  /** The block or group it stands for now; of a port, "input" or "output". */
  what: string;
  params: string;
}

const written = (params: Params | undefined): string =>
  Object.entries(params ?? {})
    .map(([name, value]) => `${name}=${typeof value === "string" ? value.replace(/^=/, "") : JSON.stringify(value)}`)
    .join(" ");

/** The shortest way to each group's graph; groups that stand nowhere have none. */
export function ways(design: Design): Map<GraphKey, Step[]> {
  const found = new Map<GraphKey, Step[]>([[null, []]]);
  const queue: GraphKey[] = [null];
  for (const key of queue)
    for (const node of graphOf(design, key)?.nodes ?? []) {
      // A choice is entered by what it is now.
      const group = meaningOf(design, node).group;
      if (!group || found.has(group) || !design.groups?.[group]) continue;
      found.set(group, [...found.get(key)!, { node: node.id, index: isRepeated(node) ? 0 : null }]);
      queue.push(group);
    }
  return found;
}

/** All nodes and ports that can be gone to, in the order of the document, what lies outside first. */
export function findable(design: Design): Found[] {
  return [...ways(design)].flatMap(([graph, steps]) => {
    const { inputs, nodes, outputs } = graphOf(design, graph)!;
    const entry = (id: string, what: string, params = "", label: string | null = null): Found => ({ key: `${graph ?? ""}/${id}`, id, graph, steps, label, what, params });
    return [
      ...inputs.map((port) => entry(joinEnd(INPUT, port.name), port.kind ?? INPUT)),
      ...nodes.map((node) => {
        const { block, group, params } = meaningOf(design, node);
        const others = node.choice ? [...Object.keys(node.choice), ...groupsOf(node)].join(" ") : "";
        return entry(node.id, group ?? block ?? "choice", [written(params), others].filter(Boolean).join(" "), node.label ?? null);
      }),
      ...outputs.map((port) => entry(joinEnd(OUTPUT, port.name), OUTPUT)),
    ];
  });
}

/** `title` is the block's name for people. */
export const foundFields = (one: Found, title: string): Field[] => [
  { text: one.id, weight: 1 },
  { text: one.label ?? "", weight: 1 },
  { text: `${title} ${one.what}`, weight: 0.7 },
  { text: one.params, weight: 0.8, plain: true },
  { text: one.steps.map((step) => step.node).join(" "), weight: 0.3, plain: true },
];
