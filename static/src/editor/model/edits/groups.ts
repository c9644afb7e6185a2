/** Edits of groups: made from a selection, renamed, split, their parameters. Dissolving them is in `ungroup`. */
import { isExpression, mapDesignExpressions, mapNodeExpressions, namesOfNode, renameIn, substitute } from "../expressions";
import { allGraphs, freshName, graphOf, groupsOf, joinEnd, nodeOf, splitEnd, withGraph, withNode } from "../graph";
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
import { setParams } from "./nodes";
import { settledInside } from "./settle";

/** Names of expressions that mean something only where they stand, and must be handed into a group. */
function localNames(design: Design, key: GraphKey, nodes: DesignNode[]): string[] {
  if (key === null) return [];
  const local = new Set([...Object.keys(design.groups?.[key]?.params ?? {}), "i", "n"]);
  const used = new Set(nodes.flatMap((node) => [...namesOfNode(node)]));
  return [...local].filter((name) => used.has(name));
}

/**
 * Replaces nodes by one group node; the cut wires become the group's ports. Where none is cut on a side, the `loose` ends
 * of that side do: what is built next will be joined there.
 */
export function makeGroup(
  design: Design,
  args: { graph: GraphKey; ids: string[]; name: string; node: string; loose?: { inputs: string[]; outputs: string[] } },
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

  if (!inputs.length)
    for (const end of args.loose?.inputs ?? []) {
      const port = freshName(inputs.length ? splitEnd(end).port : "x", inputs.map((one) => one.name));
      inputs.push({ name: port });
      inner.push({ from: joinEnd(INPUT, port), to: end });
    }
  if (!outputs.length)
    for (const end of args.loose?.outputs ?? []) {
      const port = freshName(outputs.length ? splitEnd(end).port : "out", outputs.map((one) => one.name));
      outputs.push({ name: port });
      inner.push({ from: end, to: joinEnd(OUTPUT, port) });
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
  // What differs inside is what its own definition says now.
  return settledInside(withNode(result, args.graph, args.node, (one) => ({ ...one, group: args.name })), args.name);
}

/** Makes a param of a node inside a group one of the group's own parameters, its present value the default. */
export function promoteToGroup(
  design: Design,
  args: { graph: string; node: string; alternative?: string; param: string; name: string; value: Json },
): Design {
  const { param, name, value, ...where } = args;
  const result = setGroupParam(design, { group: args.graph, name, param: { default: value } });
  return setParams(result, { ...where, set: { [param]: `=${name}` } });
}
