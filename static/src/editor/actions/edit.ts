/** What menus, keys and buttons do to the selection. */
import { type Command, batch } from "../model/commands";
import { copy, paste, readClip, type Clip } from "../model/clipboard";
import { graphOf, joinEnd, nodeOf, edgeId, splitEnd, meaningOf } from "../model/graph";
import { isMade } from "../model/made";
import type { Issue } from "../model/report";
import { type Edge, type Position, INPUT, OUTPUT } from "../model/types";
import { itemsOf } from "../layout/place";
import { portsOf } from "../model/registry";
import { toGraph, pointerOrMiddle } from "../canvas/bridge";
import { focusInspector } from "../parts/focus";
import { editor } from "../state/store";
import { openInside } from "./generators";
import { spotBeside } from "./insert";

const state = () => editor.getState();
const here = () => graphOf(state().design(), state().place.graph);

/** Selected nodes, without the graph's own ports. */
export const selectedNodes = (): string[] => {
  const graph = here();
  return [...state().selected].filter((id) => nodeOf(graph, id));
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

export function removeSelection(heal = false): void {
  const { place, selected, selectedEdges } = state();
  const graph = here();
  if (!graph) return;
  const commands: Command[] = [];
  const edges = graph.edges.filter((edge) => selectedEdges.has(edgeId(edge)));
  if (edges.length) commands.push({ type: "cut", args: { graph: place.graph, edges } });
  const ids = selectedNodes();
  if (ids.length) commands.push({ type: "removeNodes", args: { graph: place.graph, ids, heal } });
  for (const id of selected) {
    const { node, port } = splitEnd(id);
    if (node === INPUT || node === OUTPUT)
      commands.push({ type: "removePort", args: { graph: place.graph, side: node === INPUT ? "inputs" : "outputs", name: port } });
  }
  if (!commands.length) return;
  const count = commands.length - (edges.length ? 1 : 0) - (ids.length ? 1 : 0) + ids.length;
  const label = count ? `delete ${plural(count, "node")}` : `cut ${plural(edges.length, "wire")}`;
  state().perform(batch(commands), { label, say: `Done: ${label}` });
  state().select([]);
}

export function cutEdge(edge: Edge): void {
  state().perform({ type: "cut", args: { graph: state().place.graph, edges: [edge] } }, { say: `Cut ${edge.from} to ${edge.to}` });
}

export function copySelection(): string | null {
  if (isMade(state().place.graph)) {
    state().notify("A generator made this: turn it into a group to take parts of it.");
    return null;
  }
  const clip = copy(state().design(), state().place.graph, selectedNodes());
  if (!clip) return null;
  state().set({ clip });
  state().say(`Copied ${plural(clip.nodes.length, "node")}`);
  return JSON.stringify(clip, null, 2);
}

export function pasteText(text: string, options: { keepInputs?: boolean } = {}): boolean {
  const clip = readClip(text);
  if (!clip) return false;
  // The outline has no pointer to paste at: what is selected is near enough.
  const at = state().view === "outline" ? spotBeside([...state().selected].at(-1), "after") : toGraph(pointerOrMiddle());
  return pasteClip(clip, { at, ...options });
}

export function pasteClip(clip: Clip, where: { at?: Position; offset?: Position; keepInputs?: boolean }): boolean {
  const result = paste(state().design(), state().place.graph, clip, where);
  if (typeof result === "string") {
    state().notify(result, "bad");
    return false;
  }
  state().perform(result.command, { say: `Pasted ${plural(result.ids.length, "node")}` });
  state().select(result.ids);
  return true;
}

/** Copies of nodes beside them, with the wires that feed them. */
function multiply(ids: string[], offset: Position, label: string): void {
  const clip = copy(state().design(), state().place.graph, ids);
  if (!clip) return;
  const result = paste(state().design(), state().place.graph, clip, { offset, keepInputs: true });
  if (typeof result === "string") return state().notify(result, "bad");
  state().perform(result.command, { label, say: `Done: ${label} ${plural(result.ids.length, "node")}` });
  state().select(result.ids);
}

export const duplicate = (): void => multiply(selectedNodes(), { x: 48, y: 48 }, "duplicate");
export const cloneAt = (ids: string[], offset: Position): void => multiply(ids, offset, "clone");

export function selectAll(): void {
  const graph = here();
  if (!graph) return;
  state().select(itemsOf(graph).map((item) => item.id));
}

/** Into the group that is selected; of a block, to its parameters. */
export function openSelected(): void {
  const [id] = selectedNodes();
  const node = id ? nodeOf(here(), id) : undefined;
  if (!node) return;
  const { group, generator } = meaningOf(state().design(), node);
  if (group || generator) void openInside(node.id);
  else focusInspector();
}

export function leaveGroup(): void {
  const { steps } = state();
  const last = steps.at(-1);
  if (last) state().goTo(steps.slice(0, -1), [last.node]);
}

/** Turns a switch of the selected nodes on, or off where all have it on. */
function toggle(name: "bypass" | "mute", on: string, off: string): void {
  const ids = selectedNodes();
  const graph = here();
  if (!graph || !ids.length) return;
  const turnOn = !ids.every((id) => nodeOf(graph, id)?.[name] === true);
  const commands = ids.map(
    (node): Command => ({ type: "setNode", args: { graph: state().place.graph, node, ...(turnOn ? { set: { [name]: true } } : { unset: [name] }) } }),
  );
  state().perform(batch(commands), { label: turnOn ? on : off, say: `Done: ${turnOn ? on : off}` });
}

export const toggleBypass = (): void => toggle("bypass", "bypass", "end the bypass");
export const toggleMute = (): void => toggle("mute", "mute", "unmute");

/** The one-click remedy of an issue. */
export function applyFix(issue: Issue): void {
  if (!issue.fix) return;
  const { at, params } = issue.fix;
  const set = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null));
  const unset = Object.keys(params).filter((name) => params[name] === null);
  state().perform({ type: "setParams", args: { graph: at.group, node: at.node, set, unset } }, { label: "remedy", say: "Remedy applied" });
}

/** The command that puts a free node into the wire it was dropped on; null when it does not go there. */
export function intoWire(id: string, edge: Edge): Command | null {
  const { registry, place } = state();
  const graph = here();
  const node = nodeOf(graph, id);
  if (!graph || !registry || !node) return null;
  if (graph.edges.some((one) => splitEnd(one.from).node === id || splitEnd(one.to).node === id)) return null;
  const ports = portsOf(state().design(), registry, node);
  const [input, output] = [ports.inputs[0], ports.outputs[0]];
  if (!input || !output) return null;
  return { type: "insertOnEdge", args: { graph: place.graph, edge, input: joinEnd(id, input.name), output: joinEnd(id, output.name) } };
}
