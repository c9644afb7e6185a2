/** Dissolving groups without loss: their insides in their place, copies in place of a repeat, and back again. */
import { isExpression, mapNodeExpressions, namesIn, namesOfNode, renameIn, substitute } from "../expressions";
import { allGraphs, freshName, graphOf, groupUses, groupsOf, joinEnd, locate, nodeOf, splitEnd, withGraph } from "../graph";
import { type Design, type DesignNode, type Edge, type Graph, type GraphKey, type Group, type Json, type Ungrouped, INPUT, OUTPUT } from "../types";
import { renameGroupParam } from "./groups";
import { addresses, settled } from "./overrides";

export interface Dissolved {
  graph: GraphKey;
  node: string;
  /** What an expression of the repeat comes to now; the copies no longer follow it. */
  count?: number | undefined;
}

const MOST_COPIES = 64;
const MOST_KEPT = 50;

const isRepeated = (node: DesignNode): boolean => node.repeat !== undefined && node.repeat !== null;

function countOf(node: DesignNode, count: number | undefined): number | undefined {
  if (!isRepeated(node)) return 1;
  return isExpression(node.repeat) ? count : Number(node.repeat);
}

/** Why a group node cannot be dissolved or unrolled, or null when it can. */
export function ungroupProblem(design: Design, { graph, node: id, count }: Dissolved, unrolling = false): string | null {
  const node = nodeOf(graphOf(design, graph), id);
  const group = node?.group ? design.groups?.[node.group] : undefined;
  if (!node || !group) return `"${id}" is not a group.`;
  if (node.bypass && !passesThrough(group))
    return `"${id}" can be bypassed as a whole, which its insides cannot do one by one: take the bypass away before ungrouping.`;
  if (node.mute && group.edges.some((edge) => splitEnd(edge.from).node === INPUT && splitEnd(edge.to).node === OUTPUT))
    return `"${id}" can be muted as a whole, but has a wire straight through, which cannot: use it again before ungrouping.`;
  if (design.ties?.some((tie) => [tie.param, tie.to].some((path) => path.includes("*") && entersBy(design, path, graph, id))))
    return `A tie names what is inside "${id}" with a *: name each by itself before ungrouping.`;
  if (design.overrides?.some(({ at }) => at.includes("*") && addresses(design, at, graph, id)))
    return `An override names "${id}" or what is inside with a *: take it back before ungrouping.`;
  // At the top the node is at one place, and becomes what it is there; a repetition becomes a copy only by unrolling.
  if (design.overrides?.some(({ at }) => endsAt(design, at, graph, id) && (graph !== null || (at !== id && !unrolling))))
    return `One instance or repetition of "${id}" differs from the others: take that back before ungrouping.`;
  return copiesProblem(node, count);
}

/** Does a path name this node itself, or one repetition of it? */
function endsAt(design: Design, path: string, graph: GraphKey, id: string): boolean {
  const parts = path.split(".");
  const found = locate(design, path);
  return found?.graph === graph && found.node === id && (parts.at(-1) === id || parts.at(-2) === id);
}

/** Does a path with stars lead into this node? */
function entersBy(design: Design, path: string, graph: GraphKey, id: string): boolean {
  const parts = path.split(".");
  return parts.some((_, at) => {
    const found = locate(design, parts.slice(0, at + 1).join("."));
    return found?.graph === graph && found.node === id;
  });
}

function copiesProblem(node: DesignNode, count: number | undefined): string | null {
  const copies = countOf(node, count);
  if (copies === undefined)
    return `"${node.id}" repeats ${node.repeat} times, and what that comes to is not one number here: give it a number before ungrouping.`;
  if (copies < 1) return `"${node.id}" repeats 0 times, so nothing of it would be left: set its repeat to 1 or more first.`;
  return copies > MOST_COPIES ? `"${node.id}" repeats ${copies} times: ungroup at most ${MOST_COPIES}.` : null;
}

/** Is the group's one input what comes out when each node inside is bypassed by itself? */
const passesThrough = (group: Group): boolean =>
  group.inputs.length === 1 &&
  group.nodes.every((node) => group.edges.some((edge) => splitEnd(edge.to).node === node.id)) &&
  group.outputs.every((port) => group.edges.some((edge) => edge.to === joinEnd(OUTPUT, port.name)));

/** Replaces a group node by its inside; a repeat is laid out as the chain that it is. `regroup` undoes it. */
export function ungroup(design: Design, args: Dissolved): Design {
  if (ungroupProblem(design, args)) return design;
  const ready = readied(settledAt(design, args.graph), args);
  const node = nodeOf(graphOf(ready, args.graph), args.node)!;
  const copies = countOf(node, args.count)!;
  const ids = freshIds(ready, args.graph, node, copies);
  const result = dropUnused(retied(inlined(ready, args.graph, node, ids), ready, args, ids), node.group!);
  const gone = !result.groups?.[node.group!];
  const kept: Ungrouped = {
    ...(args.graph === null ? {} : { graph: args.graph }),
    node,
    ids,
    ...(gone ? { definition: ready.groups![node.group!]! } : {}),
  };
  return { ...result, ungrouped: [...(design.ungrouped ?? []), kept].slice(-MOST_KEPT) };
}

/** Replaces a repeated group node by a chain of single instances of the same definition. */
export function unroll(drawn: Design, args: Dissolved): Design {
  const design = settledAt(drawn, args.graph);
  const before = nodeOf(graphOf(design, args.graph), args.node);
  if (!before?.group || !design.groups?.[before.group] || !isRepeated(before) || copiesProblem(before, args.count)) return drawn;
  const copies = countOf(before, args.count)!;
  const ready = explicitCounters(design, before.group!, true);
  const node = nodeOf(graphOf(ready, args.graph), args.node)!;
  const group = ready.groups![node.group!]!;
  const wrapped = wrapper(node, group);
  const name = freshName(node.group!, Object.keys(ready.groups ?? {}));
  // A group around one instance, repeated: dissolving that is what is asked for.
  const { bypass: _bypass, mute: _mute, params: _params, ...shell } = node;
  const inside: DesignNode = { ...shell, group: name };
  const around = { ...ready, groups: { ...ready.groups, [name]: wrapped } };
  const swapped = withGraph(around, args.graph, (graph) => ({ nodes: graph.nodes.map((one) => (one.id === node.id ? inside : one)) }));
  const taken = new Set(graphOf(design, args.graph)!.nodes.map((one) => one.id));
  const ids = Array.from({ length: copies }, (_, index) => {
    const id = freshName(`${node.id}_${index}`, taken);
    taken.add(id);
    return { [node.id]: id };
  });
  const result = inlined(swapped, args.graph, inside, ids);
  const again = retiedPaths(design, args, (index, rest) => (ids[index] ? [ids[index]![node.id]!, ...rest] : null));
  return dropUnused(settledAt(again(result), args.graph), name);
}

/** A group that holds one instance, without its repeat, and passes its ports on. */
function wrapper(node: DesignNode, group: Group): Group {
  const { repeat, history, position, ...one } = node;
  return {
    inputs: group.inputs.map(({ name }) => ({ name })),
    outputs: group.outputs.map(({ name }) => ({ name })),
    nodes: [{ ...one, position: { x: 0, y: 0 } }],
    edges: [
      ...group.inputs.map(({ name }) => ({ from: joinEnd(INPUT, name), to: joinEnd(node.id, name) })),
      ...group.outputs.map(({ name }) => ({ from: joinEnd(node.id, name), to: joinEnd(OUTPUT, name) })),
    ],
  };
}

/**
 * Groups what an ungrouping left, if it is still what was left: the same instance with its repeat and parameters, and
 * the same definition, come back. The same design when it is not.
 */
export function regroup(design: Design, args: { graph: GraphKey; ids: string[] }): Design {
  const kept = keptFor(design, args);
  const graph = graphOf(design, args.graph);
  if (!kept || !graph) return design;
  const known = design.groups?.[kept.node.group!];
  const definition = known ?? kept.definition;
  if (!definition || (kept.definition && known && !same(known, kept.definition))) return design;
  const chosen = new Set(args.ids);
  if (graph.nodes.some((node) => node.id === kept.node.id && !chosen.has(node.id))) return design;
  const groups = { ...design.groups, [kept.node.group!]: definition };
  const candidate = withGraph({ ...design, groups }, args.graph, () => folded(graph, kept, definition));
  const again = inlined(candidate, args.graph, kept.node, kept.ids);
  if (!sameGraph(graphOf(again, args.graph)!, graph)) return design;
  const ungrouped = design.ungrouped!.filter((one) => one !== kept);
  const back = (path: string): string => backPath(design, args.graph, kept, path);
  const ties = design.ties?.map((tie) => ({ ...tie, param: back(tie.param), to: back(tie.to) }));
  const overrides = design.overrides?.map((one) => ({ ...one, at: back(one.at) }));
  const { ungrouped: _before, ...rest } = candidate;
  return { ...rest, ...(ungrouped.length ? { ungrouped } : {}), ...(ties ? { ties } : {}), ...(overrides ? { overrides } : {}) };
}

/** What is known of an ungrouping whose nodes are just these. */
export function keptFor(design: Design, { graph, ids }: { graph: GraphKey; ids: string[] }): Ungrouped | undefined {
  const chosen = new Set(ids);
  return design.ungrouped?.findLast((one) => {
    const made = one.ids.flatMap((names) => Object.values(names));
    return (one.graph ?? null) === graph && made.length === chosen.size && made.every((id) => chosen.has(id));
  });
}

/** The graph with the nodes of an ungrouping folded into their instance. */
function folded(graph: Graph, kept: Ungrouped, definition: Group): Partial<Graph> {
  const made = new Set(kept.ids.flatMap((names) => Object.values(names)));
  const inside = graph.nodes.filter((node) => made.has(node.id));
  const placed = inside.flatMap((node) => (node.position ? [node.position] : []));
  const mean = (axis: "x" | "y"): number => Math.round(placed.reduce((sum, one) => sum + one[axis], 0) / placed.length);
  const instance: DesignNode = { ...kept.node, ...(placed.length ? { position: { x: mean("x"), y: mean("y") } } : {}) };
  const first = definition.inputs[0]?.name;
  const ports = (end: string, side: "inputs" | "outputs"): string[] =>
    definition.edges.flatMap((edge) => {
      const [outer, inner] = side === "inputs" ? [splitEnd(edge.from), edge.to] : [splitEnd(edge.to), edge.from];
      if (outer.node !== (side === "inputs" ? INPUT : OUTPUT)) return [];
      const { node, port } = splitEnd(inner);
      return kept.ids.some((names, index) => {
        const here = side === "outputs" ? index === kept.ids.length - 1 : index === 0 || outer.port !== first;
        return here && names[node] !== undefined && joinEnd(names[node], port) === end;
      })
        ? [outer.port]
        : [];
    });
  const edges: Edge[] = [];
  const add = (edge: Edge): void => {
    if (!edges.some((one) => one.from === edge.from && one.to === edge.to)) edges.push(edge);
  };
  for (const edge of graph.edges) {
    const starts = made.has(splitEnd(edge.from).node);
    const ends = made.has(splitEnd(edge.to).node);
    if (starts && ends) continue;
    if (ends) for (const port of ports(edge.to, "inputs")) add({ from: edge.from, to: joinEnd(instance.id, port) });
    else if (starts) for (const port of ports(edge.from, "outputs").slice(0, 1)) add({ from: joinEnd(instance.id, port), to: edge.to });
    else add(edge);
  }
  const at = graph.nodes.findIndex((node) => made.has(node.id));
  const nodes = graph.nodes.filter((node) => !made.has(node.id));
  nodes.splice(graph.nodes.slice(0, at).filter((node) => !made.has(node.id)).length, 0, instance);
  return { nodes, edges };
}

const meaning = ({ position, label, ...rest }: DesignNode): unknown => rest;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Do two graphs mean the same? Places do not count, and of the order of wires only that into one port. */
function sameGraph(a: Graph, b: Graph): boolean {
  const byId = (graph: Graph): unknown => [...graph.nodes].sort((x, y) => (x.id < y.id ? -1 : 1)).map((node) => sorted(meaning(node)));
  const byTarget = (graph: Graph): unknown => {
    const wires = new Map<string, string[]>();
    for (const edge of graph.edges) wires.set(edge.to, [...(wires.get(edge.to) ?? []), edge.from]);
    return [...wires].sort(([x], [y]) => (x < y ? -1 : 1));
  };
  return same(byId(a), byId(b)) && same(byTarget(a), byTarget(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!value || typeof value !== "object") return value;
  const said = Object.entries(value).filter(([, item]) => item !== null && item !== undefined && item !== false && !(typeof item === "object" && !Object.keys(item).length));
  return Object.fromEntries(said.sort(([x], [y]) => (x < y ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

// -- what has to be so before a group can be dissolved ------------------------------------------------------------

/** The design with nothing in it that would mean something else after dissolving the node. */
function readied(design: Design, args: Dissolved): Design {
  const name = nodeOf(graphOf(design, args.graph), args.node)!.group!;
  const result = isRepeated(nodeOf(graphOf(design, args.graph), args.node)!) ? explicitCounters(design, name, false) : design;
  if (args.graph === null) return result;
  // A variable of the design that the group uses must not become a parameter of that name of the group around it.
  const group = result.groups![name]!;
  const used = new Set([...group.nodes.flatMap((node) => [...namesOfNode(node)]), ...Object.values(group.params ?? {}).flatMap((param) => [...namesIn(param.default)])]);
  const around = result.groups![args.graph]!.params ?? {};
  const caught = Object.keys(around).filter((param) => used.has(param) && group.params?.[param] === undefined);
  const names = [...Object.keys(around), ...Object.keys(result.variables ?? {}), "i", "n"];
  return caught.reduce((one, from) => renameGroupParam(one, { group: args.graph!, from, to: freshName(`own_${from}`, names) }), result);
}

const COUNTERS: Record<string, string> = { i: "index", n: "count" };

/**
 * Groups inside `name` (and with `itself` that group too) that use `i` or `n` of a repetition around them are handed it
 * as a parameter instead, at every instance, so that a number can stand for it.
 */
function explicitCounters(design: Design, name: string, itself: boolean): Design {
  let result = design;
  const seen = new Set<string>();
  const visit = (key: string): void => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const node of result.groups?.[key]?.nodes ?? []) groupsOf(node).forEach(visit);
    if (key !== name || itself) result = handedCounters(result, key);
  };
  visit(name);
  return result;
}

function handedCounters(design: Design, name: string): Design {
  const group = design.groups?.[name];
  if (!group) return design;
  // A node that repeats has counters of its own, which its params mean.
  const free = new Set(group.nodes.flatMap((node) => (isRepeated(node) ? [...namesIn(node.repeat), ...namesIn(node.mute)] : [...namesOfNode(node)])));
  let result = design;
  for (const counter of ["i", "n"]) {
    if (!free.has(counter) || group.params?.[counter] !== undefined) continue;
    const own = freshName(COUNTERS[counter]!, [...Object.keys(group.params ?? {}), ...Object.keys(design.variables ?? {})]);
    const inside = result.groups![name]!;
    const rename = (text: string): string => renameIn(text, counter, own);
    const nodes = inside.nodes.map((node) => (isRepeated(node) ? aroundRepeat(node, rename) : mapNodeExpressions(node, rename)));
    const params = { ...inside.params, [own]: { default: counter === "n" ? 1 : 0 } };
    result = { ...result, groups: { ...result.groups, [name]: { ...inside, nodes, params } } };
    for (const [key] of allGraphs(result))
      result = withGraph(result, key, (graph) => ({
        nodes: graph.nodes.map((node) => (node.group === name ? { ...node, params: { ...node.params, [own]: `=${counter}` } } : node)),
      }));
  }
  return result;
}

// -- dissolving ---------------------------------------------------------------------------------------------------

/** Ids for the insides, by repetition: their own where they are free, else with the group's id before them. */
function freshIds(design: Design, key: GraphKey, node: DesignNode, copies: number): Record<string, string>[] {
  const taken = new Set(graphOf(design, key)!.nodes.filter((other) => other.id !== node.id).map((other) => other.id));
  return Array.from({ length: copies }, (_, index) => {
    const names: Record<string, string> = {};
    for (const { id } of design.groups![node.group!]!.nodes) {
      const wish = isRepeated(node) ? `${node.id}_${index}_${id}` : taken.has(id) ? `${node.id}_${id}` : id;
      names[id] = freshName(wish, taken);
      taken.add(names[id]);
    }
    return names;
  });
}

/** The design with the node's insides in its place, once for each item of `ids`, chained as a repeat chains them. */
function inlined(design: Design, key: GraphKey, node: DesignNode, ids: Record<string, string>[]): Design {
  const graph = graphOf(design, key)!;
  const group = design.groups![node.group!]!;
  const nodes: DesignNode[] = [];
  const edges: Edge[] = [];
  const first = group.inputs[0]?.name;
  // Which outer ends feed the inputs of the repetition at hand, and which inner ends are its outputs.
  let feeding = new Map<string, string[]>();
  for (const edge of graph.edges) {
    const to = splitEnd(edge.to);
    if (to.node === node.id) feeding.set(to.port, [...(feeding.get(to.port) ?? []), edge.from]);
  }
  let leaving = new Map<string, string[]>();
  const past = first === undefined ? [] : (feeding.get(first) ?? []).slice(0, 1);
  ids.forEach((names, index) => {
    const values = paramValues(node, group, isRepeated(node) ? index : null, ids.length);
    const shift = spread(node, group, index);
    for (const inner of group.nodes) {
      const moved = inner.position ? { position: { x: inner.position.x + shift.x, y: inner.position.y + shift.y } } : {};
      nodes.push({ ...switched(substituted(inner, values), node, values), ...moved, id: names[inner.id]! });
    }
    const inside = (end: string): string => {
      const { node: id, port } = splitEnd(end);
      return joinEnd(names[id] ?? id, port);
    };
    const outs = new Map<string, string>();
    if (node.history) feeding.set(node.history, [...past]);
    for (const edge of group.edges) {
      const from = splitEnd(edge.from);
      const to = splitEnd(edge.to);
      const sources = from.node === INPUT ? (feeding.get(from.port) ?? []) : [inside(edge.from)];
      if (to.node === OUTPUT) {
        if (sources[0]) outs.set(to.port, sources[0]);
      } else for (const source of sources) edges.push({ from: source, to: inside(edge.to) });
    }
    leaving = new Map([...outs].map(([port, source]) => [port, [source]]));
    const chained = group.outputs[0] && outs.get(group.outputs[0].name);
    const remembered = (node.history && outs.get(node.history)) || chained;
    if (remembered) past.push(remembered);
    feeding = new Map(feeding);
    if (first !== undefined) feeding.set(first, chained ? [chained] : []);
  });
  // Outside, an output of the history's name gives all that was remembered.
  if (node.history && leaving.has(node.history)) leaving.set(node.history, past);
  const kept = graph.edges.flatMap((edge) => {
    const from = splitEnd(edge.from);
    if (splitEnd(edge.to).node === node.id) return [];
    if (from.node !== node.id) return [edge];
    return (leaving.get(from.port) ?? []).map((source) => ({ from: source, to: edge.to }));
  });
  const at = graph.nodes.findIndex((one) => one.id === node.id);
  const all = [...graph.nodes.slice(0, at), ...nodes, ...graph.nodes.slice(at + 1)];
  return withGraph(design, key, () => ({ nodes: all, edges: [...kept, ...edges] }));
}

/** An inner node with values for the names of its group; counters of its own repeat are left alone. */
function substituted(inner: DesignNode, values: Map<string, Json>): DesignNode {
  const put = (text: string): Json => substitute(text, values);
  if (!isRepeated(inner)) return mapNodeExpressions(inner, put);
  const others = new Map([...values].filter(([name]) => name !== "i" && name !== "n"));
  return mapNodeExpressions(aroundRepeat(inner, put), (text) => substitute(text, others));
}

/** Changes those expressions of a repeated node that mean the names around it: how often, and whether at all. */
function aroundRepeat(node: DesignNode, change: (expression: string) => Json): DesignNode {
  const { repeat, mute } = node;
  return {
    ...node,
    ...(isExpression(repeat) ? { repeat: change(repeat) as number | string } : {}),
    ...(isExpression(mute) ? { mute: change(mute) as boolean | string } : {}),
  };
}

/** Bypassed and muted where the group is, or where it is by itself. */
function switched(inner: DesignNode, node: DesignNode, values: Map<string, Json>): DesignNode {
  const counters = new Map([...values].filter(([name]) => name === "i" || name === "n"));
  const bypass = isExpression(node.bypass) ? (substitute(node.bypass, counters) as boolean | string) : node.bypass;
  return {
    ...inner,
    ...(bypass ? { bypass: either(bypass, inner.bypass) } : {}),
    ...(node.mute ? { mute: either(node.mute, inner.mute) } : {}),
  };
}

function either(outer: boolean | string, own: boolean | string | undefined): boolean | string {
  if (outer === true || own === true) return true;
  return own ? `=(${String(outer).slice(1).trim()}) or (${String(own).slice(1).trim()})` : outer;
}

function paramValues(node: DesignNode, group: Group, index: number | null, count: number): Map<string, Json> {
  const counters = new Map<string, Json>(index === null ? [] : [["i", index], ["n", count]]);
  const values = new Map(counters);
  for (const [name, param] of Object.entries(group.params ?? {})) {
    const given = node.params?.[name];
    let value = given ?? param.default ?? null;
    // What an instance gives may use the counters of its repetition; a default the group's other parameters.
    if (isExpression(value)) value = substitute(value, given == null ? values : counters);
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

// -- ties ---------------------------------------------------------------------------------------------------------

const retied = (result: Design, before: Design, args: Dissolved, ids: Record<string, string>[]): Design => {
  const again = retiedPaths(before, args, (index, [inner, ...rest]) => {
    const name = inner === undefined ? undefined : ids[index]?.[inner];
    return name ? [name, ...rest] : null;
  });
  return settledAt(again(result), args.graph);
};

/** At the top every node is at one place: what overrides say of it becomes its own. */
const settledAt = (design: Design, key: GraphKey): Design => (key === null ? settled(design) : design);

/** Changes paths into a node, of ties and of overrides, at every instance of its graph; `change` gets what follows the node. */
function retiedPaths(design: Design, args: Dissolved, change: (index: number, rest: string[]) => string[] | null): (result: Design) => Design {
  const repeated = isRepeated(nodeOf(graphOf(design, args.graph), args.node)!);
  const path = (value: string): string => {
    const parts = value.split(".");
    for (let at = 0; at < parts.length; at++) {
      if (parts[at] !== args.node) continue;
      const found = locate(design, parts.slice(0, at + 1).join("."));
      if (found?.graph !== args.graph || found.node !== args.node) continue;
      const rest = change(repeated ? Number(parts[at + 1]) : 0, parts.slice(at + (repeated ? 2 : 1)));
      return rest ? [...parts.slice(0, at), ...rest].join(".") : value;
    }
    return value;
  };
  const ties = design.ties?.map((tie) => ({ ...tie, param: path(tie.param), to: path(tie.to) }));
  const overrides = design.overrides?.map((one) => ({ ...one, at: path(one.at) }));
  return (result) => ({ ...result, ...(ties ? { ties } : {}), ...(overrides ? { overrides } : {}) });
}

/** A path into a dissolved node as it was before. */
function backPath(design: Design, key: GraphKey, kept: Ungrouped, value: string): string {
  const parts = value.split(".");
  for (let at = 0; at < parts.length; at++) {
    if (locate(design, parts.slice(0, at + 1).join("."))?.graph !== key) continue;
    for (const [index, names] of kept.ids.entries())
      for (const [inner, name] of Object.entries(names))
        if (name === parts[at]) return [...parts.slice(0, at), kept.node.id, ...(isRepeated(kept.node) ? [String(index)] : []), inner, ...parts.slice(at + 1)].join(".");
  }
  return value;
}

function dropUnused(design: Design, name: string): Design {
  if (groupUses(design).get(name)) return design;
  const { [name]: _gone, ...groups } = design.groups ?? {};
  return { ...design, groups };
}
