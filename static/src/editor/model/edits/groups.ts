/** Edits of groups: made from a selection, dissolved, renamed, split, their parameters. */
import { isExpression, mapDesignExpressions, mapNodeExpressions, namesOfNode, renameIn, substitute } from "../expressions";
import {
  allGraphs,
  freshName,
  graphOf,
  groupUses,
  groupsOf,
  joinEnd,
  nodeOf,
  splitEnd,
  withGraph,
  withNode,
} from "../graph";
import {
  type Design,
  type DesignNode,
  type Edge,
  type GraphKey,
  type GraphPort,
  type Group,
  type GroupParam,
  type Json,
  type Params,
  INPUT,
  OUTPUT,
} from "../types";

/** Names of expressions that mean something only where they stand, and must be handed into a group. */
function localNames(design: Design, key: GraphKey, nodes: DesignNode[]): string[] {
  if (key === null) return [];
  const local = new Set([...Object.keys(design.groups?.[key]?.params ?? {}), "i", "n"]);
  const used = new Set(nodes.flatMap((node) => [...namesOfNode(node)]));
  return [...local].filter((name) => used.has(name));
}

/** Replaces nodes by one group node; the cut wires become the group's ports. */
export function makeGroup(
  design: Design,
  args: { graph: GraphKey; ids: string[]; name: string; node: string },
): Design {
  const graph = graphOf(design, args.graph);
  const chosen = new Set(args.ids);
  const nodes = graph?.nodes.filter((node) => chosen.has(node.id)) ?? [];
  if (!graph || !nodes.length) return design;

  const inner: Edge[] = [];
  const outer: Edge[] = [];
  const inputs: GraphPort[] = [];
  const outputs: GraphPort[] = [];
  const inputOf = new Map<string, string>();
  const outputOf = new Map<string, string>();
  for (const edge of graph.edges) {
    const from = splitEnd(edge.from);
    const to = splitEnd(edge.to);
    const starts = chosen.has(from.node);
    const ends = chosen.has(to.node);
    if (starts && ends) inner.push(edge);
    else if (ends) {
      let port = inputOf.get(edge.from);
      if (!port) {
        port = freshName(inputs.length ? to.port : "x", inputs.map((one) => one.name));
        inputOf.set(edge.from, port);
        inputs.push({ name: port });
        outer.push({ from: edge.from, to: joinEnd(args.node, port) });
      }
      inner.push({ from: joinEnd(INPUT, port), to: edge.to });
    } else if (starts) {
      let port = outputOf.get(edge.from);
      if (!port) {
        port = freshName(outputs.length ? from.port : "out", outputs.map((one) => one.name));
        outputOf.set(edge.from, port);
        outputs.push({ name: port });
        inner.push({ from: edge.from, to: joinEnd(OUTPUT, port) });
      }
      outer.push({ from: joinEnd(args.node, port), to: edge.to });
    } else outer.push(edge);
  }

  const { params, given, inside } = handedIn(design, args.graph, nodes);
  const placed = nodes.filter((node) => node.position);
  const mean = (axis: "x" | "y"): number =>
    Math.round(placed.reduce((sum, node) => sum + node.position![axis], 0) / placed.length);
  const position = placed.length ? { x: mean("x"), y: mean("y") } : undefined;
  const instance: DesignNode = {
    id: args.node,
    group: args.name,
    ...(Object.keys(given).length ? { params: given } : {}),
    ...(position ? { position } : {}),
  };
  const group: Group = { params, inputs, outputs, nodes: inside, edges: inner };
  const at = graph.nodes.findIndex((node) => chosen.has(node.id));
  const rest = graph.nodes.filter((node) => !chosen.has(node.id));
  rest.splice(graph.nodes.slice(0, at).filter((node) => !chosen.has(node.id)).length, 0, instance);
  const result = { ...design, groups: { ...design.groups, [args.name]: group } };
  return withGraph(result, args.graph, () => ({ nodes: rest, edges: outer }));
}

/** Parameters a new group needs because its nodes used names of the graph around it. */
function handedIn(
  design: Design,
  key: GraphKey,
  nodes: DesignNode[],
): { params: Record<string, GroupParam>; given: Params; inside: DesignNode[] } {
  const params: Record<string, GroupParam> = {};
  const given: Params = {};
  let inside = nodes;
  for (const name of localNames(design, key, nodes)) {
    const own = name === "i" ? "index" : name === "n" ? "count" : name;
    const around = key === null ? undefined : design.groups?.[key]?.params?.[name];
    params[own] = around ? { ...around } : { default: name === "n" ? 1 : 0 };
    // A default that is itself an expression of the outer group's names would mean nothing inside.
    if (isExpression(params[own]!.default)) params[own] = { ...params[own], default: null };
    given[own] = `=${name}`;
    if (own !== name)
      inside = inside.map((node) => mapNodeExpressions(node, (expression) => renameIn(expression, name, own)));
  }
  return { params, given, inside };
}

/** Why a group node cannot be dissolved without loss, or null when it can. */
export function ungroupProblem(design: Design, key: GraphKey, id: string): string | null {
  const node = nodeOf(graphOf(design, key), id);
  if (!node?.group || !design.groups?.[node.group]) return `"${id}" is not a group.`;
  if (isExpression(node.repeat))
    return `"${id}" repeats ${node.repeat} times: give it a number before ungrouping.`;
  if (isExpression(node.bypass) || node.bypass === true)
    return `"${id}" can be bypassed: take the bypass away before ungrouping.`;
  if (isExpression(node.mute) || node.mute === true) return `"${id}" is muted, or can be: unmute it before ungrouping.`;
  if (Number(node.repeat ?? 1) > 64) return `"${id}" repeats ${node.repeat} times: ungroup at most 64.`;
  return null;
}

/** Replaces a group node by its inside; a repeat is laid out as the chain that it is. */
export function ungroup(design: Design, args: { graph: GraphKey; node: string }): Design {
  const graph = graphOf(design, args.graph);
  const node = nodeOf(graph, args.node);
  const group = node?.group ? design.groups?.[node.group] : undefined;
  if (!graph || !node || !group || ungroupProblem(design, args.graph, args.node)) return design;

  const count = Math.max(1, Number(node.repeat ?? 1));
  const repeated = node.repeat !== undefined && node.repeat !== null;
  const taken = new Set(graph.nodes.filter((other) => other !== node).map((other) => other.id));
  const ids = Array.from({ length: count }, (_, index) => {
    const names = new Map<string, string>();
    for (const inner of group.nodes) {
      const wish = repeated ? `${node.id}_${index}_${inner.id}` : taken.has(inner.id) ? `${node.id}_${inner.id}` : inner.id;
      const id = freshName(wish, taken);
      names.set(inner.id, id);
      taken.add(id);
    }
    return names;
  });

  const nodes: DesignNode[] = [];
  const edges: Edge[] = [];
  const first = group.inputs[0]?.name;
  // For each repetition, which outer ends feed its inputs, and which inner ends are its outputs.
  let feeding = new Map<string, string[]>();
  for (const edge of graph.edges) {
    const to = splitEnd(edge.to);
    if (to.node === node.id) feeding.set(to.port, [...(feeding.get(to.port) ?? []), edge.from]);
  }
  let leaving = new Map<string, string>();
  ids.forEach((names, index) => {
    const values = paramValues(node, group, repeated ? index : null, count);
    const shift = spread(node, group, index);
    for (const inner of group.nodes) {
      const moved = inner.position ? { position: { x: inner.position.x + shift.x, y: inner.position.y + shift.y } } : {};
      const mapped = mapNodeExpressions(inner, (expression) => substitute(expression, values));
      nodes.push({ ...mapped, ...moved, id: names.get(inner.id)! });
    }
    const inside = (end: string): string => {
      const { node: id, port } = splitEnd(end);
      return joinEnd(names.get(id) ?? id, port);
    };
    const outs = new Map<string, string>();
    for (const edge of group.edges) {
      const from = splitEnd(edge.from);
      const to = splitEnd(edge.to);
      const sources = from.node === INPUT ? (feeding.get(from.port) ?? []) : [inside(edge.from)];
      if (to.node === OUTPUT) {
        if (sources[0]) outs.set(to.port, sources[0]);
      } else for (const source of sources) edges.push({ from: source, to: inside(edge.to) });
    }
    leaving = outs;
    const chained = group.outputs[0] && outs.get(group.outputs[0].name);
    feeding = new Map(feeding);
    if (first !== undefined) feeding.set(first, chained ? [chained] : []);
  });

  const kept = graph.edges.flatMap((edge) => {
    const from = splitEnd(edge.from);
    if (splitEnd(edge.to).node === node.id) return [];
    if (from.node !== node.id) return [edge];
    const source = leaving.get(from.port);
    return source ? [{ from: source, to: edge.to }] : [];
  });
  const at = graph.nodes.indexOf(node);
  const all = [...graph.nodes.slice(0, at), ...nodes, ...graph.nodes.slice(at + 1)];
  const result = withGraph(design, args.graph, () => ({ nodes: all, edges: [...kept, ...edges] }));
  return dropUnused(retied(result, design, args, ids, repeated), node.group!);
}

function paramValues(node: DesignNode, group: Group, index: number | null, count: number): Map<string, Json> {
  const values = new Map<string, Json>();
  if (index !== null) values.set("i", index).set("n", count);
  for (const [name, param] of Object.entries(group.params ?? {})) {
    let value = node.params?.[name] ?? param.default ?? null;
    // An instance's own param may use i and n of its repetition; a default may use the group's other params.
    if (isExpression(value)) value = substitute(value, values);
    values.set(name, value);
  }
  return values;
}

/** Where the insides go: with their middle where the group stood, so grouping and ungrouping move nothing. */
function spread(node: DesignNode, group: Group, index: number): { x: number; y: number } {
  const placed = group.nodes.map((inner) => inner.position).filter((position) => !!position);
  if (!placed.length) return { x: 0, y: 0 };
  const mean = (axis: "x" | "y"): number => placed.reduce((sum, position) => sum + position[axis], 0) / placed.length;
  const heights = placed.map((position) => position.y);
  const height = Math.max(...heights) - Math.min(...heights) + 140;
  const shift = (axis: "x" | "y"): number => Math.round((node.position?.[axis] ?? 0) - mean(axis));
  return { x: shift("x"), y: shift("y") + index * height };
}

function retied(
  result: Design,
  before: Design,
  args: { graph: GraphKey; node: string },
  ids: Map<string, string>[],
  repeated: boolean,
): Design {
  if (!before.ties?.length || args.graph !== null) return result;
  const path = (value: string): string => {
    const parts = value.split(".");
    if (parts[0] !== args.node) return value;
    const index = repeated ? Number(parts[1]) : 0;
    const rest = parts.slice(repeated ? 2 : 1);
    const name = ids[index]?.get(rest[0] ?? "");
    return name ? [name, ...rest.slice(1)].join(".") : value;
  };
  return { ...result, ties: before.ties.map((tie) => ({ ...tie, param: path(tie.param), to: path(tie.to) })) };
}

function dropUnused(design: Design, name: string): Design {
  if (groupUses(design).get(name)) return design;
  const { [name]: _gone, ...groups } = design.groups ?? {};
  return { ...design, groups };
}

export function renameGroup(design: Design, args: { from: string; to: string }): Design {
  const { from, to } = args;
  if (!design.groups?.[from] || design.groups[to]) return design;
  const groups = Object.fromEntries(Object.entries(design.groups).map(([name, group]) => [name === from ? to : name, group]));
  let result: Design = { ...design, groups };
  for (const [key] of allGraphs(result))
    result = withGraph(result, key, (graph) => ({ nodes: graph.nodes.map((node) => regrouped(node, from, to)) }));
  return result;
}

function regrouped(node: DesignNode, from: string, to: string): DesignNode {
  if (!groupsOf(node).includes(from)) return node;
  const choice =
    node.choice &&
    Object.fromEntries(
      Object.entries(node.choice).map(([name, one]) => [name, one.group === from ? { ...one, group: to } : one]),
    );
  return { ...node, ...(node.group === from ? { group: to } : {}), ...(choice ? { choice } : {}) };
}

export function setGroupDoc(design: Design, args: { name: string; doc: string }): Design {
  const group = design.groups?.[args.name];
  return group ? { ...design, groups: { ...design.groups, [args.name]: { ...group, doc: args.doc } } } : design;
}

export function setGroupParam(design: Design, args: { group: string; name: string; param: GroupParam | null }): Design {
  const group = design.groups?.[args.group];
  if (!group) return design;
  const params = { ...group.params };
  if (args.param) params[args.name] = args.param;
  else delete params[args.name];
  const result = { ...design, groups: { ...design.groups, [args.group]: { ...group, params } } };
  if (args.param) return result;
  // Without the parameter its last default stands in the group, and instances no longer give it.
  const values = new Map<string, Json>([[args.name, group.params?.[args.name]?.default ?? null]]);
  const inlined = mapDesignExpressions(result, (expression) => substitute(expression, values), (key) => key === args.group);
  return onInstances(inlined, args.group, ({ [args.name]: _gone, ...rest }) => rest);
}

export function renameGroupParam(design: Design, args: { group: string; from: string; to: string }): Design {
  const group = design.groups?.[args.group];
  if (!group?.params?.[args.from] || group.params[args.to]) return design;
  const params = Object.fromEntries(
    Object.entries(group.params).map(([name, param]) => [name === args.from ? args.to : name, param]),
  );
  const result = { ...design, groups: { ...design.groups, [args.group]: { ...group, params } } };
  const renamed = mapDesignExpressions(
    result,
    (expression) => renameIn(expression, args.from, args.to),
    (key) => key === args.group,
  );
  return onInstances(renamed, args.group, (given) =>
    args.from in given
      ? Object.fromEntries(Object.entries(given).map(([name, value]) => [name === args.from ? args.to : name, value]))
      : given,
  );
}

function onInstances(design: Design, group: string, change: (params: Params) => Params): Design {
  let result = design;
  for (const [key] of allGraphs(design))
    result = withGraph(result, key, (graph) => ({
      nodes: graph.nodes.map((node) => {
        if (!groupsOf(node).includes(group)) return node;
        const own = node.group === group && node.params ? { params: change(node.params) } : {};
        const choice = node.choice && {
          choice: Object.fromEntries(
            Object.entries(node.choice).map(([name, one]) => [
              name,
              one.group === group && one.params ? { ...one, params: change(one.params) } : one,
            ]),
          ),
        };
        return { ...node, ...own, ...choice };
      }),
    }));
  return result;
}

/** Gives one instance a definition of its own, so that editing it leaves the others alone. */
export function makeUnique(design: Design, args: { graph: GraphKey; node: string; name: string }): Design {
  const node = nodeOf(graphOf(design, args.graph), args.node);
  const group = node?.group ? design.groups?.[node.group] : undefined;
  if (!group || design.groups?.[args.name]) return design;
  const result = { ...design, groups: { ...design.groups, [args.name]: group } };
  return withNode(result, args.graph, args.node, (one) => ({ ...one, group: args.name }));
}

/** Makes a param of a node inside a group one of the group's own parameters, its present value the default. */
export function promoteToGroup(
  design: Design,
  args: { graph: string; node: string; param: string; name: string; value: Json },
): Design {
  const result = setGroupParam(design, { group: args.graph, name: args.name, param: { default: args.value } });
  return withNode(result, args.graph, args.node, (node) => ({
    ...node,
    params: { ...node.params, [args.param]: `=${args.name}` },
  }));
}
