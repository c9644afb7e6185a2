import { describe, expect, it } from "vitest";
import { around, inPlace } from "./pinned";

const box = (id: string, x: number, y: number) => ({ id, x, y, width: 100, height: 40 });

describe("a fresh layout", () => {
  const found = new Map([["a", { x: 0, y: 0 }], ["b", { x: 0, y: 100 }], ["c", { x: 0, y: 200 }]]);

  it("goes to where the pinned boxes lie, and does not move those", () => {
    const boxes = [box("a", 500, 500), box("b", 7, 7), box("c", 9, 9)];
    expect([...around([boxes[0]!], boxes, found, "down")]).toEqual([["b", { x: 500, y: 600 }], ["c", { x: 500, y: 700 }]]);
  });

  it("gives way to a pinned box", () => {
    const boxes = [box("a", 0, 100), box("b", 7, 7), box("c", 9, 9)];
    // `a` was found at 0 and lies at 100: everything else moves with it, and nothing is covered.
    const pinned = [boxes[0]!, box("d", 0, 190)];
    const placed = around(pinned, boxes, found, "down");
    expect(placed.get("b")).toEqual({ x: 124, y: 200 });
    expect(around([], boxes, found, "down")).toEqual(found);
  });

  it("of a selection keeps its middle", () => {
    const boxes = [box("a", 1000, 1000), box("b", 1200, 1000)];
    const placed = inPlace(boxes, new Map([["a", { x: 0, y: 0 }], ["b", { x: 0, y: 100 }]]));
    expect(placed).toEqual(new Map([["a", { x: 1100, y: 950 }], ["b", { x: 1100, y: 1050 }]]));
  });
});
