/** A quick layered layout for graphs that come without positions; ELK does the thorough one on demand. */
import type { Position } from "../model/types";

export type Direction = "down" | "right";

export interface Box {
  id: string;
  width: number;
  height: number;
}

export interface Link {
  from: string;
  to: string;
}

/** Between layers; what flows to the right needs room for the shape on the wire. */
export const gapAlong = (direction: Direction): number => (direction === "down" ? 56 : 104);
export const GAP_ACROSS = 48;

/** Ranks by longest path from the sources; wires that close a loop are ignored. */
function ranksOf(boxes: Box[], links: Link[]): Map<string, number> {
  const into = new Map<string, number>(boxes.map((box) => [box.id, 0]));
  const next = new Map<string, string[]>();
  for (const link of links) {
    if (!into.has(link.from) || !into.has(link.to) || link.from === link.to) continue;
    into.set(link.to, into.get(link.to)! + 1);
    next.set(link.from, [...(next.get(link.from) ?? []), link.to]);
  }
  const rank = new Map<string, number>(boxes.map((box) => [box.id, 0]));
  const ready = boxes.filter((box) => !into.get(box.id)).map((box) => box.id);
  const seen = new Set(ready);
  for (let at = 0; at < ready.length; at++) {
    const id = ready[at]!;
    for (const to of next.get(id) ?? []) {
      rank.set(to, Math.max(rank.get(to)!, rank.get(id)! + 1));
      into.set(to, into.get(to)! - 1);
      if (into.get(to) === 0 && !seen.has(to)) ready.push(to), seen.add(to);
    }
  }
  return rank;
}

/** Positions (top left corners) for all boxes; the same input gives the same picture. */
export function layered(boxes: Box[], links: Link[], direction: Direction, gaps = { along: gapAlong(direction), across: GAP_ACROSS }): Map<string, Position> {
  const rank = ranksOf(boxes, links);
  const layers: Box[][] = [];
  for (const box of boxes) (layers[rank.get(box.id)!] ??= []).push(box);
  const filled = layers.filter(Boolean);
  const across = (box: Box): number => (direction === "down" ? box.width : box.height);
  const along = (box: Box): number => (direction === "down" ? box.height : box.width);

  const before = new Map<string, string[]>();
  for (const link of links) before.set(link.to, [...(before.get(link.to) ?? []), link.from]);
  const centre = new Map<string, number>();
  const result = new Map<string, Position>();
  let offset = 0;
  for (const layer of filled) {
    // Each box wants to stand under the middle of what feeds it; a skip over many layers counts less.
    const wish = (box: Box): number => {
      const fed = (before.get(box.id) ?? []).filter((id) => centre.has(id));
      if (!fed.length) return 0;
      const weights = fed.map((id) => 1 / Math.max(1, rank.get(box.id)! - rank.get(id)!));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return fed.reduce((sum, id, index) => sum + centre.get(id)! * weights[index]!, 0) / total;
    };
    const order = layer.map((box) => ({ box, wish: wish(box) })).sort((a, b) => a.wish - b.wish);
    const span = order.reduce((sum, { box }) => sum + across(box), 0) + gaps.across * (order.length - 1);
    const middle = order.reduce((sum, one) => sum + one.wish, 0) / order.length;
    let place = middle - span / 2;
    const thick = Math.max(...layer.map(along));
    for (const { box } of order) {
      centre.set(box.id, place + across(box) / 2);
      const inset = offset + (thick - along(box)) / 2;
      result.set(box.id, direction === "down" ? { x: place, y: inset } : { x: inset, y: place });
      place += across(box) + gaps.across;
    }
    offset += thick + gaps.along;
  }
  return result;
}
