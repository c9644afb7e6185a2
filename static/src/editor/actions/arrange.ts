/** Where nodes lie: nudged, in line, spread, tidied, turned. What a hand has placed is pinned, and tidying leaves it. */
import { toast } from "@shared/ui/toast";
import { sizeOf } from "../canvas/bridge";
import { wiredPorts } from "../canvas/flow";
import { type Axis, type Edge as LineEdge, aligned, type Placed, spread } from "../layout/align";
import { type PortedBox, tidy } from "../layout/elk";
import type { Direction } from "../layout/layered";
import { flowId, type Item, itemsOf, placedGraph, roughBox } from "../layout/place";
import { around, inPlace } from "../layout/pinned";
import { graphOf, nodeOf, splitEnd } from "../model/graph";
import { portsOf } from "../model/registry";
import type { Graph, Position } from "../model/types";
import { editor } from "../state/store";

const state = () => editor.getState();
const here = (): Graph | undefined => graphOf(state().design(), state().place.graph);

function shownItems(): Item[] {
  const graph = here();
  return graph ? itemsOf(placedGraph(graph, state().direction)) : [];
}

const placedBox = (item: Item): Placed => ({ ...roughBox(item), ...sizeOf(item.id), x: item.position?.x ?? 0, y: item.position?.y ?? 0 });
const selectedBoxes = (): Placed[] => shownItems().filter((item) => state().selected.has(item.id)).map(placedBox);

export function nudge(dx: number, dy: number): void {
  const boxes = selectedBoxes();
  if (!boxes.length) return;
  const positions = Object.fromEntries(boxes.map((box) => [box.id, { x: box.x + dx, y: box.y + dy }]));
  state().perform({ type: "moveNodes", args: { graph: state().place.graph, positions, pinned: true } }, { key: "nudge" });
}

function settle(positions: Map<string, Position>, label: string, pinned?: boolean): void {
  const args = { graph: state().place.graph, positions: Object.fromEntries(positions), ...(pinned === undefined ? {} : { pinned }) };
  state().perform({ type: "moveNodes", args }, { label, say: `Done: ${label}` });
}

export const alignSelection = (edge: LineEdge): void => settle(aligned(selectedBoxes(), edge), `align ${edge}`, true);
export const spreadSelection = (axis: Axis): void => settle(spread(selectedBoxes(), axis), `spread ${axis}`, true);

/** What ELK needs to know of an item: its size and its ports, in order. */
function ported(graph: Graph, item: Item): PortedBox {
  const box = { ...roughBox(item), ...sizeOf(item.id) };
  if (item.kind === "input") return { ...box, inputs: [], outputs: [splitEnd(item.id).port] };
  if (item.kind === "output") return { ...box, inputs: [splitEnd(item.id).port], outputs: [] };
  const node = nodeOf(graph, item.id)!;
  const ports = portsOf(state().design(), state().registry!, node);
  const used = wiredPorts(graph, node.id);
  const names = (known: { name: string }[], more: Set<string> | undefined): string[] => [...new Set([...known.map((port) => port.name), ...(more ?? [])])];
  return { ...box, inputs: names(ports.inputs, used?.inputs), outputs: names(ports.outputs, used?.outputs) };
}

async function layout(graph: Graph, items: Item[], direction: Direction): Promise<Map<string, Position>> {
  const ids = new Set(items.map((item) => item.id));
  const links = graph.edges
    .map((edge) => ({ from: flowId(edge.from), fromPort: splitEnd(edge.from).port, to: flowId(edge.to), toPort: splitEnd(edge.to).port }))
    .filter((link) => ids.has(link.from) && ids.has(link.to));
  return tidy(items.map((item) => ported(graph, item)), links, direction);
}

/** Lays out what no hand has placed, around what one has. */
export async function tidyUp(direction = state().direction): Promise<void> {
  const graph = here();
  if (!graph || !state().registry) return;
  const items = shownItems();
  const pinned = items.filter((item) => item.position?.pinned);
  if (pinned.length && pinned.length === items.length) {
    toast({ kind: "info", title: "All nodes here were placed by hand, and tidying up leaves those where they are.", action: { label: "Tidy all", run: () => void tidyAll() } });
    return;
  }
  const found = await layout(graph, items, direction);
  settle(around(pinned.map(placedBox), items.map(placedBox), found, direction), "tidy up");
  state().show(null);
}

/** Lays out everything, also what was placed by hand. */
export async function tidyAll(direction = state().direction): Promise<void> {
  const graph = here();
  if (!graph || !state().registry) return;
  settle(await layout(graph, shownItems(), direction), "tidy all", false);
  state().show(null);
}

/** Lays out the selection alone; its middle stays where it was. */
export async function tidySelection(): Promise<void> {
  const graph = here();
  const items = shownItems().filter((item) => state().selected.has(item.id));
  if (!graph || !state().registry || items.length < 2) return;
  settle(inPlace(items.map(placedBox), await layout(graph, items, state().direction)), "tidy the selection");
}

/** Between top to bottom and left to right; everything moves, or arrows would run backwards. */
export function turn(): void {
  const direction = state().direction === "down" ? "right" : "down";
  state().set({ direction });
  // The nodes first take their new form; ELK then measures that.
  requestAnimationFrame(() => requestAnimationFrame(() => void tidyAll(direction)));
}
