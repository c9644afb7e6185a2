import { describe, expect, it } from "vitest";
import { align, best, extend, fromServer, gaps, latest, smooth, thin, type Curves } from "./series";

const metrics = (step: number, loss: number | null) => ({ type: "metrics", step, values: { "train/loss": loss } });

describe("curves of a run", () => {
  it("grow by metrics and leave what they do not touch alone", () => {
    const before: Curves = fromServer({ "test/accuracy": { steps: [10], values: [0.5] }, "train/loss": { steps: [1], values: [2] } });
    const after = extend(before, [metrics(2, 1.5), metrics(3, null), { type: "log", message: "x" }]);
    expect(after["train/loss"]).toEqual({ steps: [1, 2, 3], values: [2, 1.5, null], low: [2, 1.5, null], high: [2, 1.5, null] });
    expect(after["test/accuracy"]).toBe(before["test/accuracy"]);
    expect(before["train/loss"]!.steps).toEqual([1]);
  });
  it("forget what came after a rewind, in every series", () => {
    const start = extend({}, [1, 2, 3, 4].map((step) => metrics(step, step)));
    const after = extend(start, [{ type: "rewind", step: 2 }, metrics(3, 30)]);
    expect(after["train/loss"]!.steps).toEqual([1, 2, 3]);
    expect(after["train/loss"]!.values).toEqual([1, 2, 30]);
    expect(start["train/loss"]!.steps).toEqual([1, 2, 3, 4]);
  });
  it("have no step twice even when a rewind was lost", () => {
    const after = extend({}, [metrics(1, 1), metrics(2, 2), metrics(3, 3), metrics(2, 20)]);
    expect(after["train/loss"]!.steps).toEqual([1, 2]);
    expect(after["train/loss"]!.values).toEqual([1, 20]);
  });
  it("stay bounded however long a page is open, and keep their newest point", () => {
    let curves: Curves = {};
    for (let batch = 0; batch < 20; batch++) {
      curves = extend(curves, Array.from({ length: 1000 }, (_, at) => metrics(batch * 1000 + at + 1, 1)));
    }
    const { steps } = curves["train/loss"]!;
    expect(steps.length).toBeLessThanOrEqual(8000);
    expect(steps.at(-1)).toBe(20_000);
    expect(steps.every((step, at) => at === 0 || step > steps[at - 1]!)).toBe(true);
  });
  it("tell the newest and the best value", () => {
    const { "train/loss": curve } = extend({}, [metrics(1, 3), metrics(2, 1), metrics(3, 2)]);
    expect(latest(curve)).toEqual({ step: 3, value: 2 });
    expect(best(curve, true)).toEqual({ step: 2, value: 1 });
    expect(best(curve)).toEqual({ step: 1, value: 3 });
    expect(latest(undefined)).toBeNull();
  });
});

describe("thinning", () => {
  it("keeps means, extremes and the last step", () => {
    const { "train/loss": curve } = extend({}, Array.from({ length: 1000 }, (_, at) => metrics(at + 1, at === 500 ? 99 : 1)));
    const thinned = thin(curve!, 100);
    expect(thinned.steps.length).toBe(100);
    expect(thinned.steps.at(-1)).toBe(1000);
    expect(Math.max(...(thinned.high as number[]))).toBe(99);
    expect(thinned.values[0]).toBe(1);
    expect(thinned.values[50]).toBeCloseTo((99 + 9) / 10);
  });
  it("leaves short curves as they are, and shows an interval of nothing but NaN as a gap", () => {
    const { "train/loss": curve } = extend({}, [metrics(1, null), metrics(2, null), metrics(3, 1), metrics(4, 3)]);
    expect(thin(curve!, 10)).toBe(curve);
    expect(thin(curve!, 2).values).toEqual([null, 2]);
    expect(gaps(curve!)).toEqual([1, 2]);
  });
});

describe("smoothing", () => {
  it("begins at the first value, not at zero", () => {
    expect(smooth([4, 4, 4], 0.9)).toEqual([4, 4, 4].map((value) => expect.closeTo(value, 9) as number));
    expect(smooth([1, null, 3], 0.5)[1]).toBeNull();
    expect(smooth([1, 2], 0)).toEqual([1, 2]);
  });
});

describe("aligning", () => {
  it("puts curves on one axis and tells a gap (null) from no point (undefined)", () => {
    expect(align([{ steps: [1, 3], values: [1, null] }, { steps: [2], values: [5] }])).toEqual([[1, 2, 3], [1, undefined, null], [undefined, 5, undefined]]);
  });
});
