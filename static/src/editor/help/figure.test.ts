import { describe, expect, it } from "vitest";
import { drawn } from "./figure";

const part = (id: string) => ({ id, title: id, family: "" });

describe("the small figure of a graph", () => {
  it("goes from left to right and holds all", () => {
    const { parts, width, height } = drawn([part("x"), part("a"), part("b"), part("out")], [
      { from: "x", to: "a" },
      { from: "x", to: "b" },
      { from: "a", to: "out" },
      { from: "b", to: "out" },
    ]);
    const [x, a, b, out] = parts;
    expect(a!.x).toBeGreaterThan(x!.x + x!.width);
    expect(out!.x).toBeGreaterThan(b!.x + b!.width);
    expect(Math.abs(a!.y - b!.y)).toBeGreaterThanOrEqual(a!.height);
    for (const one of parts) {
      expect(one.x).toBeGreaterThanOrEqual(0);
      expect(one.y).toBeGreaterThanOrEqual(0);
      expect(one.x + one.width).toBeLessThanOrEqual(width);
      expect(one.y + one.height).toBeLessThanOrEqual(height);
    }
  });

  it("leads a wire that skips a layer around it", () => {
    const chain = [part("x"), part("a"), part("out")];
    const straight = drawn(chain, [{ from: "x", to: "a" }, { from: "a", to: "out" }]);
    const skipping = drawn(chain, [{ from: "x", to: "a" }, { from: "a", to: "out" }, { from: "x", to: "out" }]);
    expect(skipping.height).toBeGreaterThan(straight.height);
    expect(skipping.paths[2]).toMatch(/^M.*C.*H.*C/);
  });

  it("leaves out a wire to nowhere", () => {
    expect(drawn([part("x")], [{ from: "x", to: "gone" }]).paths).toEqual([]);
  });
});
