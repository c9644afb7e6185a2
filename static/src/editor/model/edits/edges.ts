/** Edits of wires. The order of the list is the order of a variadic port's inputs, so places are kept. */
import { edgeId, sameEdge, withGraph } from "../graph";
import type { Design, Edge, GraphKey } from "../types";

/** With the wire added; an input that is not variadic gives up the wire it had. */
export function addEdge(edges: Edge[], edge: Edge, variadic: boolean): Edge[] {
  if (edges.some((other) => sameEdge(other, edge))) return edges;
  if (variadic) return [...edges, edge];
  const taken = edges.findIndex((other) => other.to === edge.to);
  if (taken < 0) return [...edges, edge];
  const result = edges.slice();
  result[taken] = edge;
  return result;
}

export function connect(design: Design, args: { graph: GraphKey; edge: Edge; variadic?: boolean }): Design {
  return withGraph(design, args.graph, (graph) => ({ edges: addEdge(graph.edges, args.edge, args.variadic ?? false) }));
}

export function cut(design: Design, args: { graph: GraphKey; edges: Edge[] }): Design {
  const gone = new Set(args.edges.map(edgeId));
  return withGraph(design, args.graph, (graph) =>
    graph.edges.some((edge) => gone.has(edgeId(edge)))
      ? { edges: graph.edges.filter((edge) => !gone.has(edgeId(edge))) }
      : {},
  );
}

/** Moves an end of a wire; it keeps its place in the order. */
export function reconnect(
  design: Design,
  args: { graph: GraphKey; edge: Edge; to: Edge; variadic?: boolean },
): Design {
  return withGraph(design, args.graph, (graph) => {
    const at = graph.edges.findIndex((edge) => sameEdge(edge, args.edge));
    if (at < 0 || sameEdge(args.edge, args.to)) return {};
    if (graph.edges.some((edge) => sameEdge(edge, args.to))) return {};
    const edges = graph.edges.slice();
    edges[at] = args.to;
    if (args.variadic) return { edges };
    return { edges: edges.filter((edge, index) => index === at || edge.to !== args.to.to) };
  });
}

/** Puts the wires into one input in the given order. */
export function orderInputs(design: Design, args: { graph: GraphKey; to: string; from: string[] }): Design {
  return withGraph(design, args.graph, (graph) => {
    const wires = args.from.map((from) => graph.edges.find((edge) => edge.from === from && edge.to === args.to));
    let next = 0;
    return { edges: graph.edges.map((edge) => (edge.to === args.to ? (wires[next++] ?? edge) : edge)) };
  });
}

/** Puts a node into a wire: what fed the wire feeds the node, the node feeds the rest. */
export function insertOnEdge(
  design: Design,
  args: { graph: GraphKey; edge: Edge; input: string; output: string },
): Design {
  return withGraph(design, args.graph, (graph) => {
    const at = graph.edges.findIndex((edge) => sameEdge(edge, args.edge));
    if (at < 0) return {};
    const edges = graph.edges.slice();
    edges[at] = { from: args.output, to: args.edge.to };
    return { edges: addEdge(edges, { from: args.edge.from, to: args.input }, false) };
  });
}
