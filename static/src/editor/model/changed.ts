/** Which graphs of a design an edit changed. */
import { allGraphs, graphOf } from "./graph";
import type { Design, Graph, GraphKey } from "./types";

const PARTS = ["nodes", "edges", "inputs", "outputs"] as const satisfies (keyof Graph)[];

/** The graphs that are there before and after and differ; what came or went is told by the graph it stands in. */
export function changedGraphs(before: Design, after: Design): GraphKey[] {
  return allGraphs(after)
    .filter(([key, graph]) => {
      const old = graphOf(before, key);
      return old && old !== graph && PARTS.some((part) => old[part] !== graph[part]);
    })
    .map(([key]) => key);
}
