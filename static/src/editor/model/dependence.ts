/** Which nodes hang on which variables: directly, through other variables, through what groups are given, or inside. */
import { namesIn, namesOfNode } from "./expressions";
import { allGraphs, groupsOf } from "./graph";
import type { Design, DesignNode, GraphKey } from "./types";

export interface Dependence {
  /** Variables that the node's own values come from. */
  own: string[];
  /** Variables that matter inside a group and not for its own values. */
  inside: string[];
}

export type Dependences = ReadonlyMap<GraphKey, ReadonlyMap<string, Dependence>>;

const known = new WeakMap<Design, Dependences>();
const named = new WeakMap<DesignNode, Set<string>>();

function namesOf(node: DesignNode): Set<string> {
  let names = named.get(node);
  if (!names) named.set(node, (names = namesOfNode(node)));
  return names;
}

/** The variables that nodes hang on, by graph and node; nodes that hang on none are left out. */
export function dependencesOf(design: Design): Dependences {
  let found = known.get(design);
  if (!found) known.set(design, (found = Object.keys(design.variables ?? {}).length ? work(design) : new Map()));
  return found;
}

type Scope = (name: string) => ReadonlySet<string>;
const NOTHING: ReadonlySet<string> = new Set();

function work(design: Design): Dependences {
  const variables = through(design);
  const graphs = allGraphs(design);
  const params = new Map<GraphKey, Map<string, Set<string>>>();
  const scope =
    (key: GraphKey): Scope =>
    (name) =>
      (key !== null && design.groups?.[key]?.params?.[name] !== undefined ? params.get(key)?.get(name) : variables.get(name)) ?? NOTHING;
  // What a group is given comes from the graphs around it; once more for each level of nesting.
  for (let changed = true; changed; ) {
    changed = false;
    for (const [key, graph] of graphs)
      for (const node of graph.nodes)
        for (const one of [node, ...Object.values(node.choice ?? {})]) {
          const group = one.group ? design.groups?.[one.group] : undefined;
          for (const [name, param] of Object.entries(group?.params ?? {})) {
            const given = one.params?.[name];
            const from = all(namesIn(given ?? param.default), given == null ? scope(one.group!) : scope(key));
            changed = add(params, one.group!, name, from) || changed;
          }
        }
  }
  const own = new Map(graphs.map(([key, graph]) => [key, new Map(graph.nodes.map((node) => [node.id, all(namesOf(node), scope(key))]))]));
  const whole = new Map<string, Set<string>>();
  const inside = (key: string, around: string[]): Set<string> => {
    const ready = whole.get(key);
    if (ready || around.includes(key)) return ready ?? new Set();
    const found = new Set<string>();
    for (const node of design.groups?.[key]?.nodes ?? []) {
      own.get(key)!.get(node.id)!.forEach((name) => found.add(name));
      for (const group of groupsOf(node)) inside(group, [...around, key]).forEach((name) => found.add(name));
    }
    whole.set(key, found);
    return found;
  };
  return new Map(
    graphs.map(([key, graph]) => [
      key,
      new Map(
        graph.nodes.flatMap((node): [string, Dependence][] => {
          const mine = own.get(key)!.get(node.id)!;
          const deep = new Set(groupsOf(node).flatMap((group) => [...inside(group, [])]));
          for (const name of mine) deep.delete(name);
          return mine.size || deep.size ? [[node.id, { own: [...mine], inside: [...deep] }]] : [];
        }),
      ),
    ]),
  );
}

/** Each variable with those its value leans on. */
function through(design: Design): Map<string, Set<string>> {
  const reach = (name: string, seen: Set<string>): Set<string> => {
    if (seen.has(name) || design.variables?.[name] === undefined) return seen;
    seen.add(name);
    for (const other of namesIn(design.variables[name].value)) reach(other, seen);
    return seen;
  };
  return new Map(Object.keys(design.variables ?? {}).map((name) => [name, reach(name, new Set())]));
}

function all(names: Iterable<string>, scope: Scope): Set<string> {
  const found = new Set<string>();
  for (const name of names) scope(name).forEach((one) => found.add(one));
  return found;
}

function add(params: Map<GraphKey, Map<string, Set<string>>>, group: string, name: string, more: Set<string>): boolean {
  const mine = params.get(group) ?? new Map<string, Set<string>>();
  const before = mine.get(name) ?? new Set();
  const after = new Set([...before, ...more]);
  params.set(group, mine.set(name, after));
  return after.size > before.size;
}

/** Names of variables that may vary. */
export const searchedVariables = (design: Design): string[] =>
  Object.entries(design.variables ?? {}).flatMap(([name, variable]) => (variable.domain ? [name] : []));
