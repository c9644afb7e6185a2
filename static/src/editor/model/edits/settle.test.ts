import { describe, expect, it } from "vitest";
import { run } from "../commands";
import { perform, startHistory, undo } from "../history";
import { chain, group, node } from "../testing";
import type { Design, DesignNode, Override } from "../types";

const unit = group([node("conv", "conv2d"), node("act", "relu")], [["input.x", "conv.x"], ["conv.out", "act.x"], ["act.out", "output.out"]]);
const stage = group([{ id: "sub", group: "unit" }, { id: "again", group: "unit" }, { id: "units", group: "unit", repeat: 2 }], []);

const drawn = (nodes: DesignNode[], ...overrides: Override[]): Design => ({ ...chain(...nodes), groups: { stage, unit }, overrides });
const two: DesignNode[] = [{ id: "one", group: "stage" }, { id: "two", group: "stage" }];
const pathsOf = (design: Design): string[] => (design.overrides ?? []).map((one) => one.at);
const inside = (design: Design, name: string, id: string): DesignNode => design.groups![name]!.nodes.find((one) => one.id === id)!;

describe("making unique, where the inside differs", () => {
  it("writes what differs into the new definition at any depth, and tells what others use apart", () => {
    const design = drawn(two, { at: "one.sub.conv", params: { stride: 2 } }, { at: "one.units.*.act", block: "gelu" }, { at: "two.sub.conv", bypass: true });
    const unique = run(design, { type: "makeUnique", args: { graph: null, node: "one", name: "own" } });
    expect(pathsOf(unique)).toEqual(["two.sub.conv"]);
    const sub = inside(unique, "own", "sub").group!;
    expect(inside(unique, sub, "conv").params).toEqual({ stride: 2 });
    expect(inside(unique, inside(unique, "own", "units").group!, "act").block).toBe("gelu");
    expect(inside(unique, "own", "again").group).toBe("unit");
    expect([unique.groups!.unit, unique.groups!.stage]).toEqual([unit, stage]);
    expect(Object.keys(unique.groups!)).toHaveLength(5);
  });

  it("is taken back by undo, groups and paths and all", () => {
    const design = drawn(two, { at: "one.sub.conv", params: { stride: 2 } });
    const before = startHistory(design);
    const after = perform(before, { type: "makeUnique", args: { graph: null, node: "one", name: "own" } });
    expect(after.design).not.toBe(design);
    expect(undo(after).design).toEqual(design);
  });

  it("leaves at its path what one repetition alone has, what a star holds over, and what lies in what was put there", () => {
    const design = drawn(
      two,
      { at: "one.units.1.conv", bypass: true },
      { at: "*.again.conv", params: { stride: 4 } },
      { at: "one.again.conv", params: { stride: 5 } },
      { at: "*.sub", group: "stage" },
      { at: "one.sub.conv", bypass: true },
      { at: "one", params: { width: 3 } },
    );
    const unique = run(design, { type: "makeUnique", args: { graph: null, node: "one", name: "own" } });
    expect(unique.overrides).toEqual(design.overrides);
    expect(unique.groups!.own).toEqual(stage);
  });

  it("follows what was put in a place before what lies inside, whatever their order", () => {
    const design = drawn(two, { at: "one.sub.act", bypass: true }, { at: "one.sub", group: "other" });
    design.groups!.other = group([node("act", "relu")], []);
    const unique = run(design, { type: "makeUnique", args: { graph: null, node: "one", name: "own" } });
    expect(pathsOf(unique)).toEqual([]);
    expect(inside(unique, "own", "sub").group).toBe("other");
    expect(inside(unique, "other", "act").bypass).toBe(true);
    expect(inside(unique, "unit", "act").bypass).toBeUndefined();
  });

  it("counts all repetitions of the node itself as one place, and instances of the graph around it as many", () => {
    const repeated = drawn([{ id: "one", group: "stage", repeat: 2 }, { id: "two", group: "stage" }], { at: "one.*.sub", bypass: true }, { at: "one.0.again", bypass: true });
    expect(pathsOf(run(repeated, { type: "makeUnique", args: { graph: null, node: "one", name: "own" } }))).toEqual(["one.0.again"]);
    const here: Override = { at: "one.sub.conv", bypass: true };
    expect(pathsOf(run(drawn(two, here), { type: "makeUnique", args: { graph: "stage", node: "sub", name: "own" } }))).toEqual(["one.sub.conv"]);
    const alone = run(drawn(two.slice(0, 1), here), { type: "makeUnique", args: { graph: "stage", node: "sub", name: "own" } });
    expect(pathsOf(alone)).toEqual([]);
    expect(inside(alone, "own", "conv").bypass).toBe(true);
  });
});
