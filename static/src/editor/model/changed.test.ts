import { describe, expect, it } from "vitest";
import { changedGraphs } from "./changed";
import { run } from "./commands";
import { group, lenet, node } from "./testing";
import type { Design } from "./types";

const design: Design = { ...lenet(), groups: { g: group([node("deep", "relu")], []) } };

describe("what an edit changed", () => {
  it("is the graph it touched, at any depth", () => {
    const top = run(design, { type: "setParams", args: { graph: null, node: "conv1", set: { kernel_size: 3 } } });
    expect(changedGraphs(design, top)).toEqual([null]);
    const deep = run(design, { type: "setNode", args: { graph: "g", node: "deep", set: { label: "d" } } });
    expect(changedGraphs(design, deep)).toEqual(["g"]);
  });

  it("is no graph for a variable, and the outer one for a new group", () => {
    const variable = run(design, { type: "setVariable", args: { name: "width", set: { value: 9 } } });
    expect(changedGraphs(design, variable)).toEqual([]);
    const grouped = run(design, { type: "makeGroup", args: { graph: null, ids: ["conv1", "act1"], name: "front", node: "front" } });
    expect(changedGraphs(design, grouped)).toEqual([null]);
  });
});
