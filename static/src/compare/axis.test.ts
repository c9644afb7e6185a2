import { describe, expect, it } from "vitest";
import { scaled, stepsPerEpoch, timed } from "./axis";

const curve = (steps: number[], values: (number | null)[] = steps.map(() => 1)) => ({ steps, values, low: values, high: values });

describe("a curve", () => {
  it("lies over epochs", () => {
    expect(stepsPerEpoch({ step: 10, total_steps: 100, epoch: 0, total_epochs: 5 })).toBe(20);
    expect(stepsPerEpoch({ step: 60, total_steps: null, epoch: 3, total_epochs: null })).toBe(20);
    expect(stepsPerEpoch({ step: 0, total_steps: null, epoch: 0, total_epochs: null })).toBeNull();
    expect(scaled(curve([20, 50]), 20).steps).toEqual([1, 2.5]);
  });
  it("lies over the time that its throughput says", () => {
    // 100 samples a step: the first ten steps at 1000 samples/s, the next ten at 500, then nobody knows better.
    const throughput = curve([10, 15, 20], [1000, null, 500]);
    expect(timed(curve([5, 10, 15, 20, 25]), throughput, 100).steps).toEqual([0.5, 1, 2, 3, 4]);
    expect(timed(curve([5]), curve([]), 100).steps).toEqual([0]);
  });
});
