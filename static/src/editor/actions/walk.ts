/** Walking from node to node with the keyboard: what is come to is selected, shown, focused and told. */
import { sizeOf, reveal } from "../canvas/bridge";
import { itemsOf, linksOf, placedGraph, roughBox } from "../layout/place";
import { towards, type Way } from "../layout/walk";
import { graphOf, splitEnd } from "../model/graph";
import { inDataOrder } from "../outline/rows";
import { editor } from "../state/store";

const state = () => editor.getState();
const WAYS: Record<string, Way> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

const here = () => {
  const graph = graphOf(state().design(), state().place.graph);
  return graph && placedGraph(graph, state().direction);
};

/** The node to walk from: what has the focus, else the last that was selected. */
function current(): string | undefined {
  const focused = document.activeElement?.closest(".react-flow__node")?.getAttribute("data-id");
  return focused ?? [...state().selected].at(-1);
}

const TRIES = 12;

/** A node that was out of view is drawn only once the view has come to it. */
function focusNode(id: string, tries = TRIES): void {
  const element = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
  if (element) element.focus({ preventScroll: true });
  else if (tries) requestAnimationFrame(() => focusNode(id, tries - 1));
}

function comeTo(id: string): void {
  const graph = here();
  const item = graph && itemsOf(graph).find((one) => one.id === id);
  if (!graph || !item?.position) return;
  const { width, height } = sizeOf(id) ?? roughBox(item);
  state().select([id]);
  reveal({ x: item.position.x + width / 2, y: item.position.y + height / 2 });
  focusNode(id);
  state().say(tell(id));
}

/** What is said of a node that one has come to. */
export function tell(id: string): string {
  const graph = here();
  if (!graph) return id;
  const feeds = [...new Set(linksOf(graph).filter((link) => link.from === id).map((link) => link.to))];
  const issues = state().issues.get(id);
  return [
    splitEnd(id).port || id,
    feeds.length ? `feeds ${feeds.slice(0, 4).join(", ")}${feeds.length > 4 ? ` and ${feeds.length - 4} more` : ""}` : "feeds nothing",
    issues?.length ? issues[0]!.message : "",
  ].filter(Boolean).join("; ");
}

/** To the next or the last node in the order in which data flows; false at either end, where the focus moves on. */
export function walk(by: 1 | -1): void | false {
  const graph = here();
  const from = current();
  if (!graph || !from) return false;
  const order = inDataOrder(graph).map((item) => item.id);
  const next = order[order.indexOf(from) + by];
  if (next === undefined || !order.includes(from)) return false;
  comeTo(next);
}

/** To the node that lies where the arrow points. */
export function walkTowards(event: KeyboardEvent | undefined): void | false {
  const graph = here();
  const way = WAYS[event?.key ?? ""];
  const from = current();
  if (!graph || !way || state().view !== "graph") return false;
  const [first] = inDataOrder(graph);
  if (!from) return first ? comeTo(first.id) : false;
  const boxes = itemsOf(graph).map((item) => ({ ...roughBox(item), ...sizeOf(item.id), ...(item.position ?? { x: 0, y: 0 }) }));
  const next = towards(boxes, linksOf(graph), from, way);
  if (next) comeTo(next);
}
