/** Fitting a fresh layout to what has to stay where it is. */
import type { Position } from "../model/types";
import type { Placed } from "./align";
import type { Direction } from "./layered";

const GAP = 24;

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const overlaps = (a: Placed, b: Placed): boolean =>
  a.x < b.x + b.width + GAP && b.x < a.x + a.width + GAP && a.y < b.y + b.height + GAP && b.y < a.y + a.height + GAP;

/** The layout of the boxes that are not pinned, moved to where the pinned ones lie, and aside where it would cover one. */
export function around(pinned: readonly Placed[], boxes: readonly Placed[], found: ReadonlyMap<string, Position>, direction: Direction): Map<string, Position> {
  const fixed = new Set(pinned.map((box) => box.id));
  const shift = {
    x: mean(pinned.flatMap((box) => (found.has(box.id) ? [box.x - found.get(box.id)!.x] : []))),
    y: mean(pinned.flatMap((box) => (found.has(box.id) ? [box.y - found.get(box.id)!.y] : []))),
  };
  const taken = [...pinned];
  const placed = new Map<string, Position>();
  for (const box of boxes) {
    const at = found.get(box.id);
    if (!at || fixed.has(box.id)) continue;
    const spot: Placed = { ...box, x: Math.round(at.x + shift.x), y: Math.round(at.y + shift.y) };
    for (let clash = taken.find((one) => overlaps(one, spot)); clash && pinned.length; clash = taken.find((one) => overlaps(one, spot))) {
      if (direction === "down") spot.x = clash.x + clash.width + GAP;
      else spot.y = clash.y + clash.height + GAP;
    }
    taken.push(spot);
    placed.set(box.id, { x: spot.x, y: spot.y });
  }
  return placed;
}

/** A layout moved so that its middle is that of the boxes as they lie now. */
export function inPlace(boxes: readonly Placed[], found: ReadonlyMap<string, Position>): Map<string, Position> {
  const middle = (spots: readonly Placed[]): Position => {
    const ends = (axis: "x" | "y", size: "width" | "height"): number =>
      (Math.min(...spots.map((box) => box[axis])) + Math.max(...spots.map((box) => box[axis] + box[size]))) / 2;
    return { x: ends("x", "width"), y: ends("y", "height") };
  };
  const before = middle(boxes);
  const after = middle(boxes.flatMap((box) => (found.has(box.id) ? [{ ...box, ...found.get(box.id)! }] : [])));
  return new Map([...found].map(([id, at]) => [id, { x: Math.round(at.x + before.x - after.x), y: Math.round(at.y + before.y - after.y) }]));
}
