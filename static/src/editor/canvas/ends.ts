/** Between React Flow's ids and handles and the ends of wires, and what lies under a point of the screen. */
import type { Connection } from "@xyflow/react";
import { joinEnd, splitEnd } from "../model/graph";
import { INPUT, OUTPUT, type Position } from "../model/types";

/** A canvas id and a handle make an end of a wire. */
export const endOf = (id: string, handle: string | null): string => {
  const { node } = splitEnd(id);
  return node === INPUT || node === OUTPUT ? id : joinEnd(id, handle ?? "");
};

export const ends = (connection: Pick<Connection, "source" | "target" | "sourceHandle" | "targetHandle">): { from: string; to: string } => ({
  from: endOf(connection.source, connection.sourceHandle ?? null),
  to: endOf(connection.target, connection.targetHandle ?? null),
});

/** Nothing but canvas; nodes and wires lie inside React Flow's pane. */
export const isEmptySpot = (element: Element | null): boolean => !!element?.classList.contains("react-flow__pane");

export const pointOf = (event: globalThis.MouseEvent | TouchEvent): Position => {
  const point = "changedTouches" in event ? event.changedTouches[0]! : event;
  return { x: point.clientX, y: point.clientY };
};
