import { describe, expect, it } from "vitest";
import { axis, front, place, spreads } from "./scatter";

const at = (x: number, y: number) => ({ id: `${x}/${y}`, x, y });
const ids = (points: { id: string }[]) => points.map(({ id }) => id);

describe("the Pareto front", () => {
  it("has those that nobody beats, by growing cost", () => {
    const points = [at(4, 0.9), at(1, 0.5), at(2, 0.4), at(2, 0.7), at(9, 0.9), at(3, 0.7)];
    expect(ids(front(points, "max"))).toEqual(["1/0.5", "2/0.7", "4/0.9"]);
    expect(ids(front(points, "min"))).toEqual(["1/0.5", "2/0.4"]);
  });
  it("has two that are equal in both", () => {
    expect(front([at(1, 1), at(1, 1), at(2, 1)], "max")).toHaveLength(2);
  });
  it("is empty without points", () => expect(front([], "max")).toEqual([]));
});

describe("an axis", () => {
  it("has round ticks within its ends", () => {
    expect(axis([0.91, 0.975], false).ticks).toEqual([0.92, 0.94, 0.96, 0.98]);
    expect(axis([3], false).ticks.length).toBeGreaterThan(1);
  });
  it("counts in decades where values spread", () => {
    const values = [61_706, 25_557_032];
    expect(spreads(values)).toBe(true);
    expect(spreads([2, 3])).toBe(false);
    expect(spreads([0, 100])).toBe(false);
    const log = axis(values, true);
    expect(log.ticks).toEqual([1e5, 1e6, 1e7]);
    expect(place(Math.sqrt(values[0]! * values[1]!), log)).toBeCloseTo(0.5);
    expect(axis([0, 5], true).log).toBe(false);
  });
  it("does not drown in ticks", () => expect(axis([1e-9, 1e12], true).ticks.length).toBeLessThan(9));
});
