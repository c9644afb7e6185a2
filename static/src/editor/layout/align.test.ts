import { describe, expect, it } from "vitest";
import { aligned, spread } from "./align";

const boxes = [
  { id: "a", x: 0, y: 0, width: 100, height: 40 },
  { id: "b", x: 30, y: 200, width: 50, height: 20 },
  { id: "c", x: 300, y: 60, width: 100, height: 40 },
];

describe("bringing in line", () => {
  it("takes the outermost edge, or the middle of all", () => {
    expect([...aligned(boxes, "left").values()].map((at) => at.x)).toEqual([0, 0, 0]);
    expect([...aligned(boxes, "right").values()].map((at) => at.x)).toEqual([300, 350, 300]);
    expect([...aligned(boxes, "centre").values()].map((at) => at.x)).toEqual([150, 175, 150]);
    expect([...aligned(boxes, "bottom").values()].map((at) => at.y)).toEqual([180, 200, 180]);
    expect(aligned(boxes, "left").get("b")!.y).toBe(200);
  });

  it("spreads with equal gaps between the outermost", () => {
    const across = spread(boxes, "across");
    expect([across.get("a")!.x, across.get("b")!.x, across.get("c")!.x]).toEqual([0, 175, 300]);
    const down = spread(boxes, "down");
    expect([down.get("a")!.y, down.get("c")!.y, down.get("b")!.y]).toEqual([0, 100, 200]);
    expect(spread([], "down").size).toBe(0);
  });
});
