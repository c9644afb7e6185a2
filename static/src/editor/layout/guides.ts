/** Alignment guides: where the edges or the middle of a dragged box are in line with those of others. */
import type { Placed } from "./align";

/** A line that a box gives: at `at` across the axis, and how far along it the box reaches. */
interface Line {
  at: number;
  from: number;
  to: number;
}

/** The lines of boxes by axis, in order, made once when a drag begins. */
export interface Lines {
  x: Line[];
  y: Line[];
}

export interface Guide extends Line {
  axis: "x" | "y";
}

const lineOrder = (a: Line, b: Line): number => a.at - b.at;

const linesAlong = (box: Placed, axis: "x" | "y"): Line[] => {
  const [start, size, from, length] = axis === "x" ? [box.x, box.width, box.y, box.height] : [box.y, box.height, box.x, box.width];
  return [start, start + size / 2, start + size].map((at) => ({ at, from, to: from + length }));
};

export const linesOf = (boxes: readonly Placed[]): Lines => ({
  x: boxes.flatMap((box) => linesAlong(box, "x")).sort(lineOrder),
  y: boxes.flatMap((box) => linesAlong(box, "y")).sort(lineOrder),
});

/** Index of the first line at or after a place. */
function firstFrom(lines: readonly Line[], at: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest move that brings one of the box's lines onto another's, if one is within reach. */
function smallestMove(own: readonly Line[], lines: readonly Line[], reach: number): number | null {
  let best: number | null = null;
  for (const line of own) {
    const next = firstFrom(lines, line.at);
    for (const other of [lines[next - 1], lines[next]]) {
      const move = other && other.at - line.at;
      if (move !== undefined && Math.abs(move) <= reach && (best === null || Math.abs(move) < Math.abs(best))) best = move;
    }
  }
  return best;
}

/** The guides along one axis for a box that has been moved: one for each line it shares, over all that share it. */
function shared(box: Placed, axis: "x" | "y", lines: readonly Line[]): Guide[] {
  const guides: Guide[] = [];
  for (const line of linesAlong(box, axis)) {
    const guide: Guide = { axis, ...line };
    let found = false;
    for (let index = firstFrom(lines, line.at - 0.5); index < lines.length && lines[index]!.at <= line.at + 0.5; index++) {
      found = true;
      guide.from = Math.min(guide.from, lines[index]!.from);
      guide.to = Math.max(guide.to, lines[index]!.to);
    }
    if (found) guides.push(guide);
  }
  return guides;
}

/** How far to move a dragged box so that it is in line, and the guides that say with what. */
export function lineUp(box: Placed, lines: Lines, reach: number): { dx: number; dy: number; guides: Guide[] } {
  const dx = smallestMove(linesAlong(box, "x"), lines.x, reach);
  const dy = smallestMove(linesAlong(box, "y"), lines.y, reach);
  const moved = { ...box, x: box.x + (dx ?? 0), y: box.y + (dy ?? 0) };
  const guides = [...(dx === null ? [] : shared(moved, "x", lines.x)), ...(dy === null ? [] : shared(moved, "y", lines.y))];
  return { dx: dx ?? 0, dy: dy ?? 0, guides };
}
