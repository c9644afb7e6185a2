/** Where the tour's card stands: beside what it speaks of, never on it if that can be helped. */

export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  x: number;
  y: number;
}

const GAP = 16;
const EDGE = 12;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

export function placeCard(target: Box | null, card: Size, view: Size): { x: number; y: number } {
  const right = view.width - card.width - EDGE;
  const bottom = view.height - card.height - EDGE;
  if (!target) return { x: Math.max(EDGE, right / 2), y: bottom };
  const along = clamp(target.y + target.height / 2 - card.height / 2, EDGE, bottom);
  const across = clamp(target.x + target.width / 2 - card.width / 2, EDGE, right);
  const spots = [
    { x: target.x + target.width + GAP, y: along },
    { x: target.x - card.width - GAP, y: along },
    { x: across, y: target.y + target.height + GAP },
    { x: across, y: target.y - card.height - GAP },
  ];
  const free = spots.find((spot) => spot.x >= EDGE && spot.x <= right && spot.y >= EDGE && spot.y <= bottom);
  // Else along the edge of the window that is farther from it.
  return free ?? { x: across, y: target.y + target.height / 2 > view.height / 2 ? EDGE : bottom };
}
