/** Making groups, dissolving them, and telling instances apart. */
import { makeRoom } from "../layout/room";
import { type Command, batch, run } from "../model/commands";
import { keptFor, regroup, ungroupProblem } from "../model/edits/ungroup";
import { isExpression } from "../model/expressions";
import { addresses } from "../model/edits/overrides";
import { freshId, freshName, graphOf, groupUses, joinEnd, locate, nodeOf, splitEnd } from "../model/graph";
import { repeatsAt } from "../model/instances";
import { portsOf } from "../model/registry";
import type { DesignNode } from "../model/types";
import { editor } from "../state/store";
import { selectedNodes } from "./edit";
import { turnIntoGroup } from "./generators";

const state = () => editor.getState();
const here = () => graphOf(state().design(), state().place.graph);
const plural = (count: number): string => `${count} node${count === 1 ? "" : "s"}`;

/** Groups the selection; what an ungrouping left becomes the instance it was. */
export function groupSelection(): void {
  const ids = selectedNodes();
  const graph = here();
  const key = state().place.graph;
  if (!ids.length || !graph) return state().notify("Select the nodes to group first (Shift-drag draws a box).");
  const problem = groupProblem(ids);
  if (problem) return state().notify(problem, "bad");
  const design = state().design();
  const known = keptFor(design, { graph: key, ids });
  if (known && regroup(design, { graph: key, ids }) !== design) {
    state().perform({ type: "regroup", args: { graph: key, ids } }, { say: `Grouped as ${known.node.group} again` });
    return state().select([known.node.id]);
  }
  const name = freshName(known?.node.group ?? "group", Object.keys(design.groups ?? {}));
  const node = freshId(graph, name);
  state().perform({ type: "makeGroup", args: { graph: key, ids, name, node, loose: looseEnds(ids) } }, { say: `Grouped ${plural(ids.length)} as ${name}` });
  state().select([node]);
}

/** Ports of the first and the last of some nodes: those of nodes that nothing feeds, or that feed nothing. */
function looseEnds(ids: string[]): { inputs: string[]; outputs: string[] } {
  const graph = here()!;
  const { registry } = state();
  const nodes = registry ? ids.flatMap((id) => nodeOf(graph, id) ?? []) : [];
  const fed = new Set(graph.edges.map((edge) => splitEnd(edge.to).node));
  const feeding = new Set(graph.edges.map((edge) => splitEnd(edge.from).node));
  const ports = (node: DesignNode, side: "inputs" | "outputs"): string[] =>
    portsOf(state().design(), registry!, node)[side].filter((port) => !port.optional).map((port) => joinEnd(node.id, port.name));
  return {
    inputs: nodes.filter((node) => !fed.has(node.id)).flatMap((node) => ports(node, "inputs")),
    outputs: nodes.filter((node) => !feeding.has(node.id)).flatMap((node) => ports(node, "outputs")),
  };
}

/** A group may not lie both before and after a node that stays outside. */
function groupProblem(ids: string[]): string | null {
  const graph = here()!;
  const chosen = new Set(ids);
  const next = new Map<string, string[]>();
  for (const edge of graph.edges) {
    const from = splitEnd(edge.from).node;
    next.set(from, [...(next.get(from) ?? []), splitEnd(edge.to).node]);
  }
  const queue = ids.flatMap((id) => next.get(id) ?? []).filter((id) => !chosen.has(id));
  const seen = new Set(queue);
  while (queue.length)
    for (const id of next.get(queue.pop()!) ?? []) {
      if (chosen.has(id)) return `These cannot be one group: a path leaves the selection and comes back at ${id}. Select what lies between as well.`;
      if (!seen.has(id)) seen.add(id), queue.push(id);
    }
  return null;
}

/** What a node's repeat comes to where it is an expression; undefined where that is not one number everywhere. */
function countNow(id: string): number | undefined {
  const { place, report } = state();
  if (!isExpression(nodeOf(here(), id)?.repeat)) return undefined;
  const counts = repeatsAt(state().design(), report, place.graph, id);
  return counts.length === 1 ? counts[0] : undefined;
}

/** Replaces a group by something; what is new is selected. */
function dissolve(id: string, type: "ungroup" | "unroll", label: string): void {
  const { place, perform, notify, select } = state();
  const repeat = nodeOf(here(), id)?.repeat;
  const count = countNow(id);
  const problem = ungroupProblem(state().design(), { graph: place.graph, node: id, count }, type === "unroll");
  if (problem) return notify(problem, "bad");
  const before = new Set(here()!.nodes.map((node) => node.id).filter((one) => one !== id));
  const at = nodeOf(here(), id)?.position;
  const command: Command = { type, args: { graph: place.graph, node: id, count } };
  const after = graphOf(run(state().design(), command), place.graph)!;
  const made = new Set(after.nodes.map((node) => node.id).filter((one) => !before.has(one)));
  const positions = at ? makeRoom(after, made, at, state().direction) : {};
  perform(batch([command, { type: "moveNodes", args: { graph: place.graph, positions } }]), { label: type, say: `${label} ${id}` });
  if (count !== undefined)
    notify(`${id} repeated ${repeat} times, which is ${count} now: ${count} ${count === 1 ? "copy stands" : "copies stand"} there and no longer follow it.${type === "ungroup" ? " Grouping them again brings it back." : ""}`);
  select([...made]);
}

export function ungroupSelection(): void {
  for (const id of selectedNodes()) if (nodeOf(here(), id)?.group) dissolve(id, "ungroup", "Ungrouped");
}

/** A repeated group becomes a chain of single instances. */
export function unrollSelection(): void {
  for (const id of selectedNodes()) if (nodeOf(here(), id)?.group && nodeOf(here(), id)?.repeat != null) dissolve(id, "unroll", "Unrolled");
}

export function settleSelection(): void {
  for (const id of selectedNodes()) if (nodeOf(here(), id)?.generator) void turnIntoGroup(id);
}

export function makeUnique(id: string): void {
  const design = state().design();
  const group = nodeOf(here(), id)?.group;
  if (!group) return;
  if ((groupUses(design).get(group) ?? 0) < 2) return state().notify(`${id} is the only instance of ${group} already.`);
  const name = freshName(group, Object.keys(design.groups ?? {}));
  const { graph } = state().place;
  state().perform({ type: "makeUnique", args: { graph, node: id, name } }, { say: `${id} now has its own group ${name}` });
  const after = state().design();
  const kept = (after.overrides ?? []).map((one) => one.at).filter((at) => addresses(after, at, graph, id) && locate(after, at)?.graph !== graph);
  if (kept.length) state().notify(`What differs at ${kept.join(", ")} is not common to all of ${name}, and stays at its path.`);
}
