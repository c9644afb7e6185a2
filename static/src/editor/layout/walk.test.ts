import { describe, expect, it } from "vitest";
import { towards } from "./walk";

const box = (id: string, x: number, y: number) => ({ id, x, y, width: 100, height: 40 });
const boxes = [box("a", 0, 0), box("b", 0, 100), box("side", 200, 100), box("far", 10, 300), box("c", 0, 200)];
const links = [{ from: "a", to: "b" }, { from: "a", to: "side" }, { from: "b", to: "far" }];

describe("walking by keys", () => {
  it("goes to what lies in that direction", () => {
    expect(towards(boxes, links, "a", "down")).toBe("b");
    expect(towards(boxes, links, "b", "up")).toBe("a");
    expect(towards(boxes, links, "b", "right")).toBe("side");
    expect(towards(boxes, links, "c", "down")).toBe("far");
  });

  it("follows a wire past what only lies nearer", () => {
    expect(towards(boxes, links, "b", "down")).toBe("far");
    expect(towards(boxes, links, "side", "up")).toBe("a");
  });

  it("stays where nothing lies that way", () => {
    expect(towards(boxes, links, "a", "up")).toBeNull();
    expect(towards(boxes, links, "gone", "up")).toBeNull();
  });
});
