import { describe, expect, it } from "vitest";
import { frame, inkBox } from "./ink";

function drawing(width: number, height: number, dots: [number, number][]): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (const [x, y] of dots) pixels[(y * width + x) * 4] = 255;
  return pixels;
}

describe("ink", () => {
  it("is found wherever it is, and nowhere on an empty canvas", () => {
    expect(inkBox(drawing(10, 8, [[2, 1], [5, 6]]), 10, 8)).toEqual({ x: 2, y: 1, width: 4, height: 6 });
    expect(inkBox(drawing(10, 8, []), 10, 8)).toBeNull();
  });
  it("is put in the middle of a square with its margin", () => {
    expect(frame({ x: 10, y: 10, width: 20, height: 60 }, 0.1)).toEqual({ x: -17.5, y: 2.5, width: 75, height: 75 });
  });
});
