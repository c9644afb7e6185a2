/** What generators make: looked into, and turned into groups that can be edited. */
import { placedGraph } from "../layout/place";
import { type Located, graphOf, isRepeated, joinPath, locate, meaningOf, nodeOf } from "../model/graph";
import { isMade, keepMade, madeClosure, madeGroup } from "../model/made";
import type { Report } from "../model/report";
import type { GraphKey, Params } from "../model/types";
import * as server from "../state/server";
import { editor } from "../state/store";

const state = () => editor.getState();

/** Fetches what a generator makes; known afterwards under its key. */
async function fetched(generator: string, params: Params): Promise<string> {
  const { key, groups } = await server.generate(generator, params);
  const { direction } = state();
  keepMade(Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, placedGraph(group, direction)])));
  return key;
}

/** What was made at a path of the report, fetched where it is not known yet; null (and a word to the user) where it cannot be. */
export async function madeAtPath(path: string, generator: string): Promise<string | null> {
  const found = state().report?.nodes[path];
  if (!isMade(found?.group)) {
    state().notify("What is inside is known once the parameters are in order and the design has been analysed.");
    return null;
  }
  if (madeGroup(found.group)) return found.group;
  try {
    return await fetched(generator, found.resolved ?? {});
  } catch (error) {
    state().notify(error instanceof Error ? error.message : String(error), "bad");
    return null;
  }
}

/** Into the group that a node of the graph in view stands for; what a generator makes is fetched first. */
export async function openInside(id: string): Promise<void> {
  const { place, design } = state();
  const node = nodeOf(graphOf(design(), place.graph), id);
  if (!node) return;
  const { generator } = meaningOf(design(), node);
  const path = joinPath(place.path, id);
  if (generator && !(await madeAtPath(isRepeated(node) ? joinPath(path, "0") : path, generator))) return;
  if (state().place === place) state().enter(id);
}

/** What a generator's node makes at the places where its graph is opened, by key. */
function keysOf(report: Report | null, graph: GraphKey, node: string): Set<string> {
  const keys = new Set<string>();
  for (const [path, found] of Object.entries(report?.nodes ?? {})) {
    const place = found.generator ? locate(state().design(), path) : null;
    if (place?.graph !== graph || place.node !== node || pathOf(place) !== path) continue;
    const repetitions = Array.from({ length: found.repeat ?? 0 }, (_, at) => joinPath(path, String(at)));
    for (const one of found.repeat == null ? [path] : repetitions) {
      const key = report!.nodes[one]?.group;
      if (key) keys.add(key);
    }
  }
  return keys;
}

const pathOf = ({ steps, node }: Located): string => [...steps.flatMap((step) => (step.index === null ? [step.node] : [step.node, String(step.index)])), node].join(".");

/** Replaces a node of a generator by a node of an ordinary group with the same inside. */
export async function turnIntoGroup(id: string): Promise<void> {
  const { place, design, report, perform, notify } = state();
  const node = nodeOf(graphOf(design(), place.graph), id);
  if (!node?.generator) return;
  if (keysOf(report, place.graph, id).size > 1)
    return notify(`${id} is not the same everywhere: its parameters make different groups at different places. Set them to plain values first.`, "bad");
  const path = joinPath(place.path, id);
  const key = await madeAtPath(isRepeated(node) ? joinPath(path, "0") : path, node.generator);
  if (!key) return;
  perform({ type: "settleGenerator", args: { graph: place.graph, node: id, key, groups: madeClosure(key) } }, { say: `${id} is now a group of its own` });
}
