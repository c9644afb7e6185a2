/** Walking over the canvas by keys: to the node that lies in a direction, along a wire where one leads there. */
import type { Placed } from "./align";
import type { Link } from "./layered";

export type Way = "up" | "down" | "left" | "right";

const STEP: Record<Way, { x: number; y: number }> = { up: { x: 0, y: -1 }, down: { x: 0, y: 1 }, left: { x: -1, y: 0 }, right: { x: 1, y: 0 } };

/** How much nearer a box counts that a wire leads to. */
const WIRED = 0.4;
/** What lies aside counts as further than what lies ahead. */
const ASIDE = 2;
/** How far aside, for each step ahead, still counts as that direction; a wire may lead further. */
const WIDE = 1.5;
const WIDE_WIRED = 4;

/** The id of the box to go to, or null where none lies that way. */
export function towards(boxes: readonly Placed[], links: readonly Link[], id: string, way: Way): string | null {
  const own = boxes.find((box) => box.id === id);
  if (!own) return null;
  const step = STEP[way];
  const wired = new Set(links.flatMap((link) => (link.from === id ? [link.to] : link.to === id ? [link.from] : [])));
  const middle = (box: Placed) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const from = middle(own);
  let best: { id: string; cost: number } | null = null;
  for (const box of boxes) {
    if (box === own) continue;
    const to = middle(box);
    const ahead = (to.x - from.x) * step.x + (to.y - from.y) * step.y;
    const aside = Math.abs((to.x - from.x) * step.y) + Math.abs((to.y - from.y) * step.x);
    if (ahead <= 1 || aside > ahead * (wired.has(box.id) ? WIDE_WIRED : WIDE)) continue;
    const cost = (ahead + ASIDE * aside) * (wired.has(box.id) ? WIRED : 1);
    if (!best || cost < best.cost) best = { id: box.id, cost };
  }
  return best?.id ?? null;
}
