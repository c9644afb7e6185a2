import { describe, expect, it } from "vitest";
import { fieldOf, named, rowsOf, type WeightsRow } from "./begin";

const row = (run: string, own: boolean, fits: boolean): WeightsRow => ({
  run, own, fits, name: run, kind: "train", version: 1, checkpoints: ["best"], best_accuracy: null, tensors: 4, fitting: fits ? 4 : 2, fresh: [],
});

describe("what a training begins with", () => {
  it("leaves the field out for a repeated run's own weights, and says null for fresh ones", () => {
    expect(fieldOf("same")).toEqual({});
    expect(fieldOf(null)).toEqual({ weights: null });
    const begin = { run: "a", checkpoint: "last", strict: false } as const;
    expect(fieldOf(begin)).toEqual({ weights: begin });
    expect([null, "same" as const, begin].map(named)).toEqual(["", "same", "a last"]);
  });

  it("groups runs by whose they are and how much fits, without empty groups", () => {
    const parts = rowsOf([row("a", true, true), row("b", false, true), row("c", true, false), row("d", false, false)]);
    expect(parts.map((part) => part.rows.map((one) => one.run))).toEqual([["a"], ["b"], ["c", "d"]]);
    expect(rowsOf([row("b", false, true)]).map((part) => part.title)).toEqual(["Other designs, all tensors fit"]);
  });
});
