/** The small figure of a graph: boxes from left to right in layers, wires as curves. */
import { type Box, layered } from "../layout/layered";
import type { Position } from "../model/types";

export interface Part {
  id: string;
  title: string;
  /** For its colour; empty for an end of the graph or plain arithmetic. */
  family: string;
}

export interface Wire {
  from: string;
  to: string;
}

export interface DrawnPart extends Part, Box, Position {}

export interface Drawing {
  parts: DrawnPart[];
  paths: string[];
  width: number;
  height: number;
}

const HEIGHT = 28;
const CHAR = 7;
const GAPS = { along: 26, across: 14 };
const MARGIN = 4;
/** How far a wire goes around what lies between its ends. */
const LIFT = 12;

export function drawn(parts: readonly Part[], wires: readonly Wire[]): Drawing {
  const boxes = parts.map((part) => ({ ...part, width: Math.max(HEIGHT, part.title.length * CHAR + 16), height: HEIGHT }));
  const places = layered(boxes, [...wires], "right", GAPS);
  const at = boxes.map((box): DrawnPart => ({ ...box, ...places.get(box.id)! }));
  const lifted = wires.some((wire) => {
    const ends = endsOf(wire, at);
    return ends && wayOf(...ends, at) === "around";
  });
  const left = Math.min(...at.map((one) => one.x)) - MARGIN;
  const top = Math.min(...at.map((one) => one.y)) - MARGIN - (lifted ? LIFT : 0);
  const shifted = at.map((one) => ({ ...one, x: one.x - left, y: one.y - top }));
  return {
    parts: shifted,
    paths: wires.flatMap((wire) => pathOf(wire, shifted) ?? []),
    width: Math.max(...shifted.map((one) => one.x + one.width)) + MARGIN,
    height: Math.max(...shifted.map((one) => one.y + one.height)) + MARGIN,
  };
}

const endsOf = (wire: Wire, parts: DrawnPart[]): [DrawnPart, DrawnPart] | null => {
  const from = parts.find((one) => one.id === wire.from);
  const to = parts.find((one) => one.id === wire.to);
  return from && to ? [from, to] : null;
};

/** Which way is free for a wire: along its start's row, along its end's row, or only around what lies between. */
function wayOf(from: DrawnPart, to: DrawnPart, parts: DrawnPart[]): "start" | "end" | "around" {
  const between = parts.filter((one) => one.x > from.x && one.x + one.width < to.x + to.width && one !== from && one !== to);
  const free = (end: DrawnPart): boolean => between.every((one) => Math.abs(one.y - end.y) > HEIGHT);
  return free(from) ? "start" : free(to) ? "end" : "around";
}

function pathOf(wire: Wire, parts: DrawnPart[]): string | null {
  const ends = endsOf(wire, parts);
  if (!ends) return null;
  const [from, to] = ends;
  const n = (value: number): number => Math.round(value * 10) / 10;
  const [x1, y1, x2, y2] = [n(from.x + from.width), n(from.y + HEIGHT / 2), n(to.x), n(to.y + HEIGHT / 2)];
  const way = wayOf(from, to, parts);
  if (way === "around") {
    const above = n(Math.min(from.y, to.y) - LIFT + 2);
    const [start, end] = [n(x1 - 8), n(x2 + 8)];
    return `M${start} ${n(from.y)}C${start} ${above} ${start} ${above} ${n(x1 + 10)} ${above}H${n(x2 - 10)}C${end} ${above} ${end} ${above} ${end} ${n(to.y)}`;
  }
  // Straight along the free row, with the turn in the gap beside the other end.
  const turn = way === "start" ? Math.max(x1, x2 - GAPS.along) : x1;
  const done = way === "start" ? x2 : Math.min(x2, x1 + GAPS.along);
  const half = n((turn + done) / 2);
  return `M${x1} ${y1}H${n(turn)}C${half} ${y1} ${half} ${y2} ${n(done)} ${y2}H${x2}`;
}
