/** Bringing boxes in line, and the same distance apart. */
import type { Position } from "../model/types";
import type { Box } from "./layered";

export type Placed = Box & Position;
export type Edge = "left" | "centre" | "right" | "top" | "middle" | "bottom";
export type Axis = "across" | "down";

/** What part of a box is brought in line: 0 its start, ½ its middle, 1 its end. */
const PART: Record<Edge, { axis: "x" | "y"; part: number }> = {
  left: { axis: "x", part: 0 },
  centre: { axis: "x", part: 0.5 },
  right: { axis: "x", part: 1 },
  top: { axis: "y", part: 0 },
  middle: { axis: "y", part: 0.5 },
  bottom: { axis: "y", part: 1 },
};

const sizeAlong = (box: Box, axis: "x" | "y"): number => (axis === "x" ? box.width : box.height);

/** Where the boxes lie once an edge of each, or its middle, is in line with that of all of them together. */
export function aligned(boxes: readonly Placed[], edge: Edge): Map<string, Position> {
  const { axis, part } = PART[edge];
  const start = Math.min(...boxes.map((box) => box[axis]));
  const end = Math.max(...boxes.map((box) => box[axis] + sizeAlong(box, axis)));
  const line = start + part * (end - start);
  return new Map(boxes.map((box) => [box.id, { x: box.x, y: box.y, [axis]: line - part * sizeAlong(box, axis) }]));
}

/** Where the boxes lie once the gaps between them are equal; the outermost stay. */
export function spread(boxes: readonly Placed[], along: Axis): Map<string, Position> {
  const axis = along === "across" ? "x" : "y";
  const order = [...boxes].sort((a, b) => a[axis] + sizeAlong(a, axis) / 2 - (b[axis] + sizeAlong(b, axis) / 2));
  const first = order[0];
  const last = order.at(-1);
  if (!first || !last) return new Map();
  const room = last[axis] + sizeAlong(last, axis) - first[axis];
  const gap = (room - order.reduce((sum, box) => sum + sizeAlong(box, axis), 0)) / Math.max(1, order.length - 1);
  let at = first[axis];
  return new Map(
    order.map((box) => {
      const spot = { x: box.x, y: box.y, [axis]: at };
      at += sizeAlong(box, axis) + gap;
      return [box.id, spot];
    }),
  );
}
