import { describe, expect, it } from "vitest";
import { lineUp, linesOf } from "./guides";

const box = (id: string, x: number, y: number, width = 100, height = 40) => ({ id, x, y, width, height });
const lines = linesOf([box("a", 0, 0), box("b", 0, 400), box("c", 300, 200, 60)]);

describe("alignment guides", () => {
  it("bring a box in line with the nearest edge or middle, and span all that are in line", () => {
    const { dx, dy, guides } = lineUp(box("d", 4, 100), lines, 6);
    expect([dx, dy]).toEqual([-4, 0]);
    expect(guides.map((guide) => guide.at)).toEqual([0, 50, 100]);
    expect(guides[0]).toEqual({ axis: "x", at: 0, from: 0, to: 440 });
  });

  it("know middles, and both axes at once", () => {
    const { dx, dy, guides } = lineUp(box("d", 276, 203), lines, 6);
    expect([dx, dy]).toEqual([4, -3]);
    expect(guides.filter((guide) => guide.axis === "x").map((guide) => guide.at)).toEqual([330]);
    expect(guides.some((guide) => guide.axis === "y" && guide.at === 200)).toBe(true);
  });

  it("let a box be that is near nothing", () => {
    expect(lineUp(box("d", 150, 100), lines, 6)).toEqual({ dx: 0, dy: 0, guides: [] });
    expect(lineUp(box("d", 150, 100), linesOf([]), 6).guides).toEqual([]);
  });
});
