/** The design as the rows of a tree: what stands in which group, in which order, seen or folded away. */
import { type Item, flowId, itemsOf } from "../layout/place";
import { type MadeAt, type Step, graphOf, groupOf, isRepeated, joinPath, meaningOf } from "../model/graph";
import type { Design, DesignNode, Graph, GraphKey } from "../model/types";

export interface Row extends Pick<Item, "id" | "kind" | "item"> {
  /** Canvas ids from the top, `layer1/conv1`; the same for every repetition. */
  key: string;
  /** In an analysis report, `layer1.0.conv1`. */
  path: string;
  /** The graph it stands in: how one gets there, its key and its own path. */
  steps: Step[];
  graph: GraphKey;
  place: string;
  level: number;
  /** Place among its siblings, from 1, and how many there are. */
  at: number;
  of: number;
  expands: boolean;
  open: boolean;
  /** Of what a generator makes, and that is to be open while it is not known yet: the generator, and the path of what it makes. */
  waits?: { generator: string; path: string };
}

export interface OutlineView {
  open: ReadonlySet<string>;
  /** Which repetition of a repeated group is looked at. */
  repetition: (key: string) => number;
  /** What generators made; without it they stay closed. */
  madeAt?: MadeAt;
  /** Siblings by this figure instead of in the order of the data. */
  cost?: ((path: string) => number) | undefined;
  rising?: boolean | undefined;
  /** Only rows that match, and the groups that contain such. */
  match?: ((row: Row) => boolean) | undefined;
}

export const parentKey = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf("/")));
export const joinKey = (parent: string, id: string): string => (parent ? `${parent}/${id}` : id);

/** The key of the graph that a list of steps leads to. */
export const keyOfSteps = (steps: Step[]): string => steps.map((step) => step.node).join("/");

const ordered = new WeakMap<Graph, Item[]>();

/** Every item after what feeds it; the document's order where that says nothing else. Outputs come last. */
export function inDataOrder(graph: Graph): Item[] {
  const known = ordered.get(graph);
  if (known) return known;
  const items = itemsOf(graph);
  const byId = new Map(items.map((item) => [item.id, item]));
  const sources = new Map<string, string[]>();
  for (const edge of graph.edges) {
    const to = flowId(edge.to);
    const list = sources.get(to);
    if (list) list.push(flowId(edge.from));
    else sources.set(to, [flowId(edge.from)]);
  }
  const result: Item[] = [];
  const seen = new Set<string>();
  // By hand, not by recursion: a chain may be longer than the stack is deep.
  for (const start of items) {
    const stack: { id: string; next: number }[] = [];
    const enter = (id: string): void => {
      if (byId.has(id) && !seen.has(id)) seen.add(id), stack.push({ id, next: 0 });
    };
    enter(start.id);
    while (stack.length) {
      const top = stack.at(-1)!;
      const source = sources.get(top.id)?.[top.next++];
      if (source !== undefined) enter(source);
      else result.push(byId.get(stack.pop()!.id)!);
    }
  }
  ordered.set(graph, result);
  return result;
}

/** Rows that a search looks at; designs nested beyond that are opened by hand. */
const MOST_SEARCHED = 20_000;

export function rowsOf(design: Design, view: OutlineView): Row[] {
  let searched = 0;
  return walk({ graph: null, key: "", place: "", steps: [], above: [] }, view.match);

  interface Inside {
    graph: GraphKey;
    key: string;
    place: string;
    steps: Step[];
    /** The graphs around this one; a group that contains itself ends there. */
    above: GraphKey[];
  }

  function walk(here: Inside, match: OutlineView["match"]): Row[] {
    const graph = graphOf(design, here.graph);
    if (!graph || here.above.includes(here.graph)) return [];
    const found = inDataOrder(graph)
      .map((item) => branch(here, item, match))
      .filter((rows) => rows.length > 0);
    const { cost, rising } = view;
    if (cost) found.sort(([a], [b]) => (cost(b!.path) - cost(a!.path)) * (rising ? -1 : 1));
    found.forEach(([row], at) => Object.assign(row!, { at: at + 1, of: found.length }));
    return found.flat();
  }

  /** An item with what is to be seen inside it; nothing when it is not to be seen. */
  function branch(here: Inside, { id, kind, item }: Item, match: OutlineView["match"]): Row[] {
    const { graph, place, steps } = here;
    const key = joinKey(here.key, id);
    const path = joinPath(place, id);
    const index = kind === "node" && isRepeated(item as DesignNode) ? view.repetition(key) : null;
    const inner = index === null ? path : joinPath(path, String(index));
    const { group: own = null, generator = null } = kind === "node" ? meaningOf(design, item as DesignNode) : {};
    const group: string | null = (generator ? view.madeAt?.(inner) : own) ?? null;
    const known = group !== null && !!groupOf(design, group);
    const expands = known || generator !== null;
    const asked = expands && view.open.has(key);
    const row: Row = { key, path, id, kind, item, steps, graph, place, level: steps.length + 1, at: 0, of: 0, expands, open: asked && known };
    if (asked && !known && generator) row.waits = { generator, path: inner };
    const matches = !match || match(row);
    // Inside a group that was itself found, everything is shown.
    const inside = (): Row[] => walk({ graph: group, key, place: inner, steps: [...steps, { node: id, index }], above: [...here.above, graph] }, matches ? undefined : match);
    if (matches) return row.open ? [row, ...inside()] : [row];
    if (!known || ++searched > MOST_SEARCHED) return [];
    const hits = inside();
    return hits.length ? [{ ...row, open: true }, ...hits] : [];
  }
}
