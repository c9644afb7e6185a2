import { describe, expect, it } from "vitest";
import { type Box, placeCard } from "./place";

const CARD = { width: 300, height: 160 };
const VIEW = { width: 1360, height: 900 };

const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe("the place of the tour's card", () => {
  it.each([
    ["in the middle", { x: 600, y: 400, width: 200, height: 90 }],
    ["at the right edge", { x: 1080, y: 300, width: 270, height: 60 }],
    ["at the top", { x: 900, y: 50, width: 120, height: 32 }],
    ["in the corner", { x: 1270, y: 860, width: 80, height: 32 }],
    ["wide", { x: 0, y: 860, width: 1360, height: 34 }],
  ])("is beside a target %s and inside the window", (_, target) => {
    const card = { ...CARD, ...placeCard(target, CARD, VIEW) };
    expect(overlap(card, target)).toBe(false);
    expect(card.x).toBeGreaterThanOrEqual(0);
    expect(card.y).toBeGreaterThanOrEqual(0);
    expect(card.x + card.width).toBeLessThanOrEqual(VIEW.width);
    expect(card.y + card.height).toBeLessThanOrEqual(VIEW.height);
  });

  it("is at the other end of a phone's screen", () => {
    const phone = { width: 390, height: 800 };
    const wide = { ...CARD, width: 366 };
    expect(placeCard({ x: 20, y: 150, width: 350, height: 560 }, wide, phone).y).toBe(12);
    expect(placeCard({ x: 20, y: 90, width: 350, height: 560 }, wide, phone).y).toBe(800 - 160 - 12);
    expect(placeCard(null, wide, phone)).toEqual({ x: 12, y: 628 });
  });
});
