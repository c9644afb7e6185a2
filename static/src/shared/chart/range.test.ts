import { describe, expect, it } from "vitest";
import { smooth } from "../series/series";
import { around, fit, wide } from "./range";

describe("ends of an axis", () => {
  it("gives values some room, and does not go below zero for it", () => {
    expect(around(1, 2)).toEqual([0.92, 2.08]);
    expect(around(0.01, 1)[0]).toBe(0);
    expect(around(-1, 1)[0]).toBeLessThan(-1);
    expect(around(null, null)).toEqual([0, 1]);
    expect(around(0, 0)).toEqual([0, 0.08]);
  });

  it("takes values apart by rounding alone for one value", () => {
    for (const constant of [0.001, 2.3, 7, 451_379_200]) {
      const values = smooth(Array<number>(40).fill(constant), 0.9) as number[];
      const [low, high] = around(Math.min(...values), Math.max(...values));
      expect(high - low).toBeGreaterThan(constant * 0.1);
    }
    expect(smooth(Array<number>(40).fill(2.3), 0.9).some((value) => value !== 2.3)).toBe(true);
  });

  it("keeps a zoomed axis wide enough to count along", () => {
    expect(wide(10, 20)).toEqual([10, 20]);
    const [low, high] = wide(7, 7.000000000000001);
    expect(high - low).toBeGreaterThan(1e-9);
  });

  it("narrows a fixed range while the curve lies in its upper part", () => {
    expect(fit([0, 1], 0.7, 0.9)).toEqual([0.5, 1]);
    expect(fit([0, 1], 0.2, 0.9)).toEqual([0, 1]);
  });
});
