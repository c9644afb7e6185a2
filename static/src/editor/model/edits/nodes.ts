/** Edits of nodes: each takes a design and gives a design. */
import { withGraph, withNode, splitEnd, joinEnd, nodeOf, sameEdge, locate, isRepeated, meaningOf, graphOf } from "../graph";
import {
  type Alternative,
  type Design,
  type DesignNode,
  type Edge,
  type GraphKey,
  type Group,
  type Params,
  type Position,
  type Spot,
  INPUT,
  OUTPUT,
} from "../types";
import { addEdge } from "./edges";
import { renamedInOverrides } from "./overrides";

export function addNode(
  design: Design,
  args: { graph: GraphKey; node: DesignNode; edges?: { edge: Edge; variadic?: boolean }[] },
): Design {
  let result = withGraph(design, args.graph, (graph) => ({ nodes: [...graph.nodes, args.node] }));
  for (const { edge, variadic } of args.edges ?? [])
    result = withGraph(result, args.graph, (graph) => ({ edges: addEdge(graph.edges, edge, variadic ?? false) }));
  return result;
}

/** Adds what a paste brings; groups that exist already under that name are kept. */
export function addNodes(
  design: Design,
  args: { graph: GraphKey; nodes: DesignNode[]; edges: Edge[]; groups?: Record<string, Group> },
): Design {
  const groups = args.groups && Object.keys(args.groups).length ? { ...args.groups, ...design.groups } : design.groups;
  return withGraph(groups === design.groups ? design : { ...design, groups }, args.graph, (graph) => ({
    nodes: [...graph.nodes, ...args.nodes],
    edges: [...graph.edges, ...args.edges.filter((edge) => !graph.edges.some((other) => sameEdge(edge, other)))],
  }));
}

/** Removes nodes and their wires; with `heal`, what fed a removed node feeds what came after it. */
export function removeNodes(design: Design, args: { graph: GraphKey; ids: string[]; heal?: boolean }): Design {
  const gone = new Set(args.ids);
  return withGraph(design, args.graph, (graph) => {
    if (!graph.nodes.some((node) => gone.has(node.id))) return {};
    let edges = graph.edges;
    if (args.heal) for (const id of args.ids) edges = bridged(edges, id);
    return {
      nodes: graph.nodes.filter((node) => !gone.has(node.id)),
      edges: edges.filter((edge) => !gone.has(splitEnd(edge.from).node) && !gone.has(splitEnd(edge.to).node)),
    };
  });
}

function bridged(edges: Edge[], id: string): Edge[] {
  const source = edges.find((edge) => splitEnd(edge.to).node === id);
  return edges.flatMap((edge) => {
    if (splitEnd(edge.to).node === id) return [];
    if (splitEnd(edge.from).node !== id) return [edge];
    return source ? [{ from: source.from, to: edge.to }] : [];
  });
}

/** Positions by canvas id: a node's id, or `input.name` and `output.name` for the graph's own ports. */
export function moveNodes(
  design: Design,
  args: { graph: GraphKey; positions: Record<string, Position>; /** By hand, or no longer; absent: as it was. */ pinned?: boolean },
): Design {
  const { positions } = args;
  const moved = <T extends { position?: Spot | null }>(item: T, key: string): T => {
    const to = positions[key];
    const held = args.pinned ?? item.position?.pinned ?? false;
    const { x, y, pinned = false } = item.position ?? {};
    if (!to || (x === to.x && y === to.y && pinned === held)) return item;
    return { ...item, position: { x: Math.round(to.x), y: Math.round(to.y), ...(held ? { pinned: true } : {}) } };
  };
  const all = <T extends { position?: Spot | null }>(items: T[], key: (item: T) => string): T[] => {
    const result = items.map((item) => moved(item, key(item)));
    return result.every((item, index) => item === items[index]) ? items : result;
  };
  return withGraph(design, args.graph, (graph) => ({
    nodes: all(graph.nodes, (node) => node.id),
    inputs: all(graph.inputs, (port) => joinEnd(INPUT, port.name)),
    outputs: all(graph.outputs, (port) => joinEnd(OUTPUT, port.name)),
  }));
}

function patched(params: Params | undefined, set: Params, unset: string[]): Params {
  const result = { ...params, ...set };
  for (const name of unset) delete result[name];
  return result;
}

/** Sets and removes params of a node, or of one alternative of a choice node. */
export function setParams(
  design: Design,
  args: { graph: GraphKey; node: string; alternative?: string; set?: Params; unset?: string[] },
): Design {
  return withNode(design, args.graph, args.node, (node) => {
    const { alternative, set = {}, unset = [] } = args;
    if (alternative === undefined) return { ...node, params: patched(node.params, set, unset) };
    const before = node.choice?.[alternative];
    if (!before) return node;
    return {
      ...node,
      choice: { ...node.choice, [alternative]: { ...before, params: patched(before.params, set, unset) } },
    };
  });
}

type NodeFields = Pick<DesignNode, "label" | "repeat" | "history" | "bypass" | "mute" | "pick" | "group" | "block" | "choice">;

/** Sets fields of a node other than its params; `unset` takes fields away. */
export function setNode(
  design: Design,
  args: { graph: GraphKey; node: string; set?: Partial<NodeFields>; unset?: (keyof NodeFields)[] },
): Design {
  return withNode(design, args.graph, args.node, (node) => {
    const result: DesignNode = { ...node, ...args.set };
    for (const name of args.unset ?? []) delete result[name];
    return result;
  });
}

export function renameNode(design: Design, args: { graph: GraphKey; from: string; to: string }): Design {
  const { graph: key, from, to } = args;
  if (!nodeOf(graphOf(design, key), from)) return design;
  const ties = renameInTies(design, key, from, to);
  const end = (value: string): string => {
    const { node, port } = splitEnd(value);
    return node === from ? joinEnd(to, port) : value;
  };
  const result = withGraph(design, key, (graph) => ({
    nodes: graph.nodes.map((node) => (node.id === from ? { ...node, id: to } : node)),
    edges: graph.edges.map((edge) =>
      end(edge.from) === edge.from && end(edge.to) === edge.to ? edge : { from: end(edge.from), to: end(edge.to) },
    ),
  }));
  const overrides = renamedInOverrides(design, key, from, to);
  return { ...result, ...(ties ? { ties } : {}), ...(overrides ? { overrides } : {}) };
}

/** Ties name parameters by path (`head.weight`), so a renamed node is renamed in them as well. */
function renameInTies(design: Design, key: GraphKey, from: string, to: string): Design["ties"] {
  if (!design.ties?.length) return design.ties;
  const path = (value: string): string => {
    const parts = value.split(".");
    for (let at = 0; at < parts.length; at++) {
      const found = locate(design, parts.slice(0, at + 1).join("."));
      if (found?.graph === key && found.node === from && parts[at] === from) parts[at] = to;
    }
    return parts.join(".");
  };
  return design.ties.map((tie) => ({ ...tie, param: path(tie.param), to: path(tie.to) }));
}

/** Turns a node into a choice whose first alternative is what it was. */
export function makeChoice(design: Design, args: { graph: GraphKey; node: string; name: string }): Design {
  return withNode(design, args.graph, args.node, (node) => {
    if (node.choice) return node;
    const { block, group, params, ...rest } = node;
    const first: Alternative = { ...(block ? { block } : { group }), ...(params ? { params } : {}) };
    return { ...rest, choice: { [args.name]: first }, pick: args.name };
  });
}

export function setAlternative(
  design: Design,
  args: { graph: GraphKey; node: string; name: string; alternative: Alternative | null },
): Design {
  return withNode(design, args.graph, args.node, (node) => {
    if (!node.choice) return node;
    const choice = { ...node.choice };
    if (args.alternative) choice[args.name] = args.alternative;
    else delete choice[args.name];
    const names = Object.keys(choice);
    const lost = args.alternative === null && node.pick === args.name;
    return { ...node, choice, ...(lost ? { pick: names[0] ?? null } : {}) };
  });
}

/** Ends a choice: the node becomes one of its alternatives. */
export function settleChoice(design: Design, args: { graph: GraphKey; node: string; name: string }): Design {
  return withNode(design, args.graph, args.node, (node) => {
    const alternative = node.choice?.[args.name];
    if (!alternative) return node;
    const { choice, pick, ...rest } = node;
    return { ...rest, ...alternative };
  });
}

/** Can this node be repeated, that is, does it stand for one thing now? */
export const repeatsOf = (design: Design, node: DesignNode): number | string =>
  isRepeated(node) && (meaningOf(design, node).block || meaningOf(design, node).group) ? node.repeat! : 1;
