import { describe, expect, it } from "vitest";
import { graphOf, placeOf } from "../graph";
import { isMade, keepMade, madeClosure } from "../made";
import { chain, group, node } from "../testing";
import type { Design, Group } from "../types";
import { setParams } from "./nodes";
import { settleGenerator } from "./generators";

const WHOLE = "tree/whole/1a";
const PART = "tree/part/2b";
const made: Record<string, Group> = {
  [WHOLE]: group([{ id: "one", group: PART }, { id: "two", choice: { a: { group: PART }, b: { block: "relu" } } }], [["input.x", "one.x"]], { params: { width: { default: 4 } } }),
  [PART]: group([node("conv", "conv2d")], []),
};
const drawn = (): Design => ({
  ...chain(node("a", "relu"), { id: "b", generator: "tree", params: { levels: 2, width: "=w" } }),
  groups: { part: group([], []) },
});

describe("what a generator made", () => {
  it("is found by its key, through the report's word for it, and never changes", () => {
    keepMade(made);
    const design = drawn();
    const steps = [{ node: "b", index: null }, { node: "one", index: null }];
    expect(placeOf(design, steps).steps).toEqual([]);
    expect(placeOf(design, steps, (path) => (path === "b" ? WHOLE : undefined))).toEqual({ graph: PART, path: "b.one", steps });
    expect(isMade(PART)).toBe(true);
    expect(graphOf(design, PART)?.nodes).toHaveLength(1);
    expect(setParams(design, { graph: PART, node: "conv", set: { out_channels: 3 } })).toBe(design);
    expect(Object.keys(madeClosure(WHOLE))).toEqual([WHOLE, PART]);
  });

  it("becomes groups of the design under names that are free, with the params that the group has", () => {
    const design = settleGenerator(drawn(), { graph: null, node: "b", key: WHOLE, groups: made });
    expect(design.nodes[1]).toEqual({ id: "b", group: "tree", params: { width: "=w" } });
    expect(Object.keys(design.groups!)).toEqual(["part", "tree", "part2"]);
    expect(design.groups!.tree!.nodes.map((one) => one.group ?? one.choice?.a?.group)).toEqual(["part2", "part2"]);
  });
});
