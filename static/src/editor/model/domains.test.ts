import { expect, it } from "vitest";
import { rangeText, sliderRange } from "./domains";

it("lets a slider run over the domain, or around a number without one", () => {
  expect(sliderRange({ type: "int", min: 8, max: 64, step: 8 }, 16)).toEqual({ min: 8, max: 64, step: 8 });
  expect(sliderRange({ type: "float", min: 0, max: 0.5 }, 0.1)).toEqual({ min: 0, max: 0.5, step: 0.0025 });
  expect(sliderRange(null, 16)).toEqual({ min: 1, max: 64, step: 1 });
  expect(sliderRange(null, 0)).toEqual({ min: 0, max: 8, step: 1 });
  expect(sliderRange(null, 0.5)).toEqual({ min: 0, max: 2, step: 0.01 });
  expect(sliderRange({ type: "choice", values: [1, 2] }, 1)).toBeNull();
  expect(sliderRange(null, "=width")).toBeNull();
});

it("writes domains", () => {
  expect(rangeText({ type: "int", min: 1, max: 4 })).toBe("1 to 4");
  expect(rangeText({ type: "int", min: 8, max: 64, step: 8 })).toBe("8 to 64 by 8");
  expect(rangeText({ type: "float", min: 0, max: 1 })).toBe("0 to 1, continuous");
  expect(rangeText({ type: "choice", values: ["relu", [3, 3]] })).toBe("relu, 3×3");
});
