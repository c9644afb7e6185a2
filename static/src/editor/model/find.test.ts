import { describe, expect, it } from "vitest";
import { findable, foundFields } from "./find";
import { search } from "./fuzzy";
import { chain, group, node } from "./testing";
import type { Design } from "./types";

const design: Design = {
  ...chain(node("stem", "conv2d", { out_channels: 64 }, { label: "First look" }), { id: "stage", group: "outer", repeat: 3 }),
  groups: {
    outer: group([{ id: "body", group: "inner" }], [["input.x", "body.x"], ["body.out", "output.out"]]),
    inner: group([node("deep", "linear", { out_features: "=width*2" })], [["input.x", "deep.x"], ["deep.out", "output.out"]]),
    unused: group([node("lost", "relu")], []),
  },
};
const ids = (query: string): string[] => search(findable(design), query, (one) => foundFields(one, one.what)).map((one) => one.id);

describe("finding nodes", () => {
  it("goes by id, label, block and param value, at every depth", () => {
    expect(ids("stem")[0]).toBe("stem");
    expect(ids("first look")).toEqual(["stem"]);
    expect(ids("linear")).toEqual(["deep"]);
    expect(ids("out_channels=64")).toEqual(["stem"]);
    expect(ids("width")).toEqual(["deep"]);
    expect(ids("outer")).toContain("stage");
  });

  it("knows the way, and leaves out what stands nowhere", () => {
    const deep = findable(design).find((one) => one.id === "deep")!;
    expect(deep.steps).toEqual([{ node: "stage", index: 0 }, { node: "body", index: null }]);
    expect(deep.graph).toBe("inner");
    expect(ids("lost")).toEqual([]);
    expect(findable(design).map((one) => one.id)).toContain("output.logits");
  });
});
