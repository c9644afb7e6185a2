/** Edits of a graph's own ports: the design's inputs and outputs, a group's too. */
import { allGraphs, groupsOf, joinEnd, splitEnd, withGraph } from "../graph";
import { type Design, type DesignNode, type Edge, type GraphKey, type GraphPort, type Side, INPUT, OUTPUT } from "../types";

const pseudo = (side: Side): string => (side === "inputs" ? INPUT : OUTPUT);

export function addPort(
  design: Design,
  args: { graph: GraphKey; side: Side; port: GraphPort; edge?: Edge },
): Design {
  return withGraph(design, args.graph, (graph) => ({
    [args.side]: [...graph[args.side], args.port],
    ...(args.edge ? { edges: [...graph.edges, args.edge] } : {}),
  }));
}

export function setPort(
  design: Design,
  args: { graph: GraphKey; side: Side; name: string; set: Partial<Omit<GraphPort, "name">> },
): Design {
  return withGraph(design, args.graph, (graph) => ({
    [args.side]: graph[args.side].map((port) => (port.name === args.name ? { ...port, ...args.set } : port)),
  }));
}

/** Moves a port to another place among its like; a repeat chains the first output to the first input. */
export function movePort(design: Design, args: { graph: GraphKey; side: Side; name: string; to: number }): Design {
  return withGraph(design, args.graph, (graph) => {
    const port = graph[args.side].find((one) => one.name === args.name);
    if (!port || graph[args.side][args.to] === port || args.to < 0 || args.to >= graph[args.side].length) return {};
    const rest = graph[args.side].filter((one) => one !== port);
    return { [args.side]: [...rest.slice(0, args.to), port, ...rest.slice(args.to)] };
  });
}

/** Removes a port with its wires inside, and for a group the wires at every instance. */
export function removePort(design: Design, args: { graph: GraphKey; side: Side; name: string }): Design {
  const { graph: key, side, name } = args;
  const inside = joinEnd(pseudo(side), name);
  const result = withGraph(design, key, (graph) => ({
    [side]: graph[side].filter((port) => port.name !== name),
    edges: graph.edges.filter((edge) => edge.from !== inside && edge.to !== inside),
  }));
  const cut = onInstanceWires(result, key, side, (end) => (splitEnd(end).port === name ? null : end));
  return side === "inputs" ? onHistories(cut, key, name, ({ history: _gone, ...node }) => node) : cut;
}

/** Renames a port at every instance; one that carries a history keeps the name of the output that is remembered. */
export function renamePort(design: Design, args: { graph: GraphKey; side: Side; from: string; to: string }): Design {
  const { graph, from, to } = args;
  const remembered = onHistories(design, graph, from, (node) => ({ ...node, history: to }));
  const renamed = portRenamed(remembered, args);
  return remembered === design ? renamed : portRenamed(renamed, { ...args, side: args.side === "inputs" ? "outputs" : "inputs" });
}

function portRenamed(design: Design, args: { graph: GraphKey; side: Side; from: string; to: string }): Design {
  const { graph: key, side, from, to } = args;
  const before = joinEnd(pseudo(side), from);
  const after = joinEnd(pseudo(side), to);
  const end = (value: string): string => (value === before ? after : value);
  const result = withGraph(design, key, (graph) => ({
    [side]: graph[side].map((port) => (port.name === from ? { ...port, name: to } : port)),
    edges: graph.edges.map((edge) => ({ from: end(edge.from), to: end(edge.to) })),
  }));
  return onInstanceWires(result, key, side, (value) => {
    const { node, port } = splitEnd(value);
    return port === from ? joinEnd(node, to) : value;
  });
}

/** Changes the ends of wires at every instance of a group; null cuts the wire. */
function onInstanceWires(
  design: Design,
  group: GraphKey,
  side: Side,
  change: (end: string) => string | null,
): Design {
  if (group === null) return design;
  const which = side === "inputs" ? "to" : "from";
  let result = design;
  for (const [key, graph] of allGraphs(design)) {
    const instances = new Set(graph.nodes.filter((node) => groupsOf(node).includes(group)).map((node) => node.id));
    if (!instances.size) continue;
    result = withGraph(result, key, (current) => ({
      edges: current.edges.flatMap((edge) => {
        if (!instances.has(splitEnd(edge[which]).node)) return [edge];
        const end = change(edge[which]);
        return end === null ? [] : end === edge[which] ? [edge] : [{ ...edge, [which]: end }];
      }),
    }));
  }
  return result;
}

/** Changes the instances of a group whose history comes in at a port; the same design where there are none. */
function onHistories(design: Design, group: GraphKey, port: string, change: (node: DesignNode) => DesignNode): Design {
  if (group === null) return design;
  let result = design;
  for (const [key, graph] of allGraphs(design)) {
    const carries = (node: DesignNode): boolean => node.history === port && groupsOf(node).includes(group);
    if (graph.nodes.some(carries)) result = withGraph(result, key, (now) => ({ nodes: now.nodes.map((node) => (carries(node) ? change(node) : node)) }));
  }
  return result;
}
