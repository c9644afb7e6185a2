/** What actions outside the canvas ask of it: places on screen, in the graph, and what size nodes have. */
import type { ReactFlowInstance } from "@xyflow/react";
import type { Position } from "../model/types";
import { moving } from "../parts/motion";
import type { FlowNode, WireFlowEdge } from "./flow";

export type Flow = ReactFlowInstance<FlowNode, WireFlowEdge>;

let flow: Flow | null = null;
let host: HTMLElement | null = null;
/** Where the pointer was last over the canvas, on screen. */
let pointer: Position | null = null;

export const attach = (instance: Flow | null, element: HTMLElement | null): void => {
  flow = instance;
  host = element;
};
export const setPointer = (at: Position | null): void => {
  pointer = at;
};

export const instance = (): Flow | null => flow;
export const toGraph = (screen: Position): Position => flow?.screenToFlowPosition(screen) ?? screen;

export function middleOfScreen(): Position {
  const box = host?.getBoundingClientRect();
  return box ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : { x: 400, y: 300 };
}

export const width = (): number | null => host?.clientWidth ?? null;

export const pointerOrMiddle = (): Position => pointer ?? middleOfScreen();

export const sizeOf = (id: string): { width: number; height: number } | undefined => {
  const measured = flow?.getNode(id)?.measured;
  return measured?.width && measured.height ? { width: measured.width, height: measured.height } : undefined;
};

/** Brings a place of the graph into view, if it is not there already. */
export function reveal(at: Position): void {
  const box = host?.getBoundingClientRect();
  const screen = flow?.flowToScreenPosition(at);
  if (!flow || !box || !screen) return;
  const inside = screen.x > box.left + 60 && screen.x < box.right - 60 && screen.y > box.top + 40 && screen.y < box.bottom - 70;
  if (!inside) void flow.setCenter(at.x, at.y, { zoom: flow.getZoom(), duration: moving(200) });
}

/** Marks nodes that something else points at, such as a line of code. On the elements themselves: nothing is drawn anew. */
export function light(ids: ReadonlySet<string>): void {
  for (const element of host?.querySelectorAll<HTMLElement>(".react-flow__node") ?? [])
    element.toggleAttribute("data-lit", ids.has(element.dataset.id ?? ""));
}
