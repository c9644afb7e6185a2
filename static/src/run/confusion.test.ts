import { describe, expect, it } from "vitest";
import { cellAt, rowSums, shade, worst } from "./confusion";

const matrix = [[8, 2, 0], [1, 9, 0], [0, 3, 7]];

describe("confusion matrix", () => {
  it("lists mistakes by count, never the diagonal", () => {
    expect(worst(matrix, 2)).toEqual([{ truth: 2, said: 1, count: 3, share: 0.3 }, { truth: 0, said: 1, count: 2, share: 0.2 }]);
    expect(rowSums(matrix)).toEqual([10, 10, 10]);
  });
  it("colours nothing at zero and everything at one, and keeps single mistakes visible", () => {
    expect(shade(0, 10)).toBe(0);
    expect(shade(10, 10)).toBe(1);
    expect(shade(1, 1000)).toBeGreaterThan(0.06);
    expect(shade(0, 0)).toBe(0);
  });
  it("finds the cell under the pointer", () => {
    expect(cellAt(150, 20, 300, 3)).toEqual({ truth: 0, said: 1 });
    expect(cellAt(300, 20, 300, 3)).toBeNull();
  });
});
