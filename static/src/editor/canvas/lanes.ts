/** Lanes for long wires: where the straight way runs through nodes, a lane beside them is found. */
import type { Direction } from "../layout/layered";

export interface Rect {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Span {
  id: string;
  source: string;
  target: string;
}

const MARGIN = 18;
const SPACING = 14;

/**
 * The coordinate across the direction of flow (x when it runs down) in which a wire should run, for those wires that
 * would cross a node on their way; the others are absent.
 */
export function lanes(rects: readonly Rect[], spans: readonly Span[], direction: Direction): Map<string, number> {
  const turned = direction === "right";
  const boxes = rects.map((rect) => (turned ? { id: rect.id, x: rect.y, y: rect.x, width: rect.height, height: rect.width } : rect));
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const found = new Map<string, number>();
  const taken: { lane: number; from: number; to: number }[] = [];
  for (const span of spans) {
    const source = byId.get(span.source);
    const target = byId.get(span.target);
    if (!source || !target) continue;
    const from = { x: source.x + source.width / 2, y: source.y + source.height };
    const to = { x: target.x + target.width / 2, y: target.y };
    if (to.y - from.y < 90) continue;
    const between = boxes.filter(
      (box) => box !== source && box !== target && box.y + box.height > from.y + 4 && box.y < to.y - 4,
    );
    if (!between.length) continue;
    const free = (x: number): boolean => between.every((box) => x < box.x - MARGIN / 2 || x > box.x + box.width + MARGIN / 2);
    if (Math.abs(from.x - to.x) < 2 && free(from.x)) continue;
    if (!crosses(from, to, between)) continue;
    const wishes = [to.x, from.x, ...between.flatMap((box) => [box.x - MARGIN, box.x + box.width + MARGIN])].filter(free);
    const cost = (x: number): number => Math.abs(x - from.x) + Math.abs(x - to.x);
    let lane = wishes.sort((a, b) => cost(a) - cost(b))[0];
    if (lane === undefined) continue;
    // Wires that share a stretch run side by side.
    const side = lane >= (from.x + to.x) / 2 ? 1 : -1;
    for (let tries = 0; tries < 12; tries++) {
      const clash = taken.some((other) => Math.abs(other.lane - lane!) < SPACING - 2 && other.from < to.y && other.to > from.y);
      if (!clash) break;
      lane += side * SPACING;
    }
    taken.push({ lane, from: from.y, to: to.y });
    found.set(span.id, lane);
  }
  return found;
}

/** Does the S-shaped curve between two points touch a box? Sampled, which is exact enough for a picture. */
function crosses(from: { x: number; y: number }, to: { x: number; y: number }, boxes: readonly Omit<Rect, "id">[]): boolean {
  for (let step = 1; step < 24; step++) {
    const t = step / 24;
    const y = bezier(from.y, (from.y + to.y) / 2, (from.y + to.y) / 2, to.y, t);
    const x = bezier(from.x, from.x, to.x, to.x, t);
    if (boxes.some((box) => x > box.x - 4 && x < box.x + box.width + 4 && y > box.y && y < box.y + box.height)) return true;
  }
  return false;
}

const bezier = (a: number, b: number, c: number, d: number, t: number): number => {
  const s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
};

/** The path of a wire through its lane, and a place on it for the label. */
export function lanePath(
  from: { x: number; y: number },
  to: { x: number; y: number },
  lane: number,
  direction: Direction,
): { path: string; x: number; y: number } {
  const turned = direction === "right";
  const [a, b] = turned ? [{ x: from.y, y: from.x }, { x: to.y, y: to.x }] : [from, to];
  const bend = Math.min(48, (b.y - a.y) / 2);
  const point = (x: number, y: number): string => (turned ? `${y},${x}` : `${x},${y}`);
  const top = a.y + bend;
  const bottom = b.y - bend;
  const path = [
    `M${point(a.x, a.y)}`,
    `C${point(a.x, a.y + bend * 0.7)} ${point(lane, a.y + bend * 0.3)} ${point(lane, top)}`,
    `L${point(lane, bottom)}`,
    `C${point(lane, b.y - bend * 0.3)} ${point(b.x, b.y - bend * 0.7)} ${point(b.x, b.y)}`,
  ].join(" ");
  const middle = { x: lane, y: (top + bottom) / 2 };
  return turned ? { path, x: middle.y, y: middle.x } : { path, ...middle };
}
