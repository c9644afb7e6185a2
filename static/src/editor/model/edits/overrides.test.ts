import { describe, expect, it } from "vitest";
import { type Command, run } from "../commands";
import { differencesAt, lostOverrides, overridesAt, replacementAt, wordsOf } from "../overrides";
import { chain, group, node } from "../testing";
import type { Design, Override } from "../types";
import { ungroupProblem } from "./ungroup";

const drawn = (...overrides: Override[]): Design => ({
  ...chain({ id: "one", group: "stage" }, { id: "two", group: "stage" }, { id: "units", group: "unit", repeat: 3 }),
  groups: {
    stage: group([{ id: "units", group: "unit", repeat: 2 }], [["input.x", "units.x"], ["units.out", "output.out"]]),
    unit: group([node("conv", "conv2d", { out_channels: 4 }), node("act", "relu")], [["input.x", "conv.x"], ["conv.out", "act.x"], ["act.out", "output.out"]]),
  },
  overrides,
});
const pathsOf = (design: Design): string[] => (design.overrides ?? []).map((one) => one.at);
const CONV = "one.units.1.conv";

describe("overrides", () => {
  it("are set and taken back at a path; one that changes nothing goes", () => {
    const first = run(drawn(), { type: "setOverride", args: { at: CONV, set: { stride: 2 } } });
    const second = run(first, { type: "setOverride", args: { at: CONV, set: { out_channels: 8 }, bypass: true } });
    expect(second.overrides).toEqual([{ at: CONV, params: { stride: 2, out_channels: 8 }, bypass: true }]);
    expect(wordsOf(second.overrides![0]!)).toEqual(["stride 2", "out channels 8", "bypassed"]);
    const third = run(second, { type: "setOverride", args: { at: CONV, unset: ["stride", "out_channels"], bypass: null } });
    expect(third.overrides).toEqual([]);
  });

  it("put something else in the place of one instance, with params of its own", () => {
    const first = run(drawn({ at: CONV, params: { stride: 2 }, bypass: false }), { type: "setOverride", args: { at: CONV, put: { block: "gelu" } } });
    expect(first.overrides).toEqual([{ at: CONV, bypass: false, block: "gelu" }]);
    const second = run(first, { type: "setOverride", args: { at: CONV, set: { approximate: true } } });
    expect(replacementAt(second, CONV)).toEqual({ at: CONV, bypass: false, block: "gelu", params: { approximate: true } });
    expect(replacementAt(second, "two.units.1.conv")).toBeUndefined();
    const third = run(second, { type: "setOverride", args: { at: CONV, put: { group: "unit" }, unset: ["approximate"] } });
    expect(third.overrides).toEqual([{ at: CONV, bypass: false, group: "unit" }]);
  });

  it("are told of a repeated node for its repetitions, too", () => {
    const design = drawn({ at: "units.1", params: { width: 3 } }, { at: "units.*", bypass: true }, { at: "units.1.act", bypass: true });
    expect(differencesAt(design, "units", true)).toBe("repetition 2: width 3, each repetition: bypassed");
    expect(differencesAt(design, "units", false)).toBe("");
    expect(differencesAt(design, "units.1", false)).toBe("width 3, bypassed");
  });

  it("hold where their path fits, a star for any one part", () => {
    const design = drawn({ at: "*.units.0.conv", params: { stride: 2 } }, { at: CONV, bypass: true });
    expect(overridesAt(design, "two.units.0.conv").map((one) => one.at)).toEqual(["*.units.0.conv"]);
    expect(overridesAt(design, CONV)).toHaveLength(1);
    expect(overridesAt(design, "units.0.conv")).toHaveLength(0);
  });

  it("follow a node that is renamed, through stars and groups", () => {
    const design = drawn({ at: CONV, bypass: true }, { at: "*.units.*.conv", params: { stride: 2 } }, { at: "units.0.conv", bypass: true });
    const inner = run(design, { type: "renameNode", args: { graph: "unit", from: "conv", to: "filter" } });
    expect(pathsOf(inner)).toEqual(["one.units.1.filter", "*.units.*.filter", "units.0.filter"]);
    const outer = run(inner, { type: "renameNode", args: { graph: "stage", from: "units", to: "parts" } });
    expect(pathsOf(outer)).toEqual(["one.parts.1.filter", "*.parts.*.filter", "units.0.filter"]);
  });

  it("go with the node that they name, and that is told", () => {
    const design = drawn({ at: CONV, bypass: true }, { at: "two.units.0.act", block: "gelu" });
    const command: Command = { type: "removeNodes", args: { graph: "unit", ids: ["conv"] } };
    const after = run(design, command);
    expect(pathsOf(after)).toEqual(["two.units.0.act"]);
    expect(lostOverrides(command, design, after)).toContain(CONV);
    expect(run(design, { type: "moveNodes", args: { graph: null, positions: { one: { x: 1, y: 1 } } } }).overrides).toBe(design.overrides);
  });

  it("become the node's own where it is told apart", () => {
    const design = drawn({ at: "one.units", params: { width: 3 } }, { at: "two.units", params: { width: 5 } });
    const unique = run(design, { type: "makeUnique", args: { graph: null, node: "one", name: "stage2" } });
    expect(unique.groups!.stage2!.nodes[0]!.params).toEqual({ width: 3 });
    expect(unique.groups!.stage!.nodes[0]!.params).toBeUndefined();
    expect(pathsOf(unique)).toEqual(["two.units"]);
  });

  it("are applied by unrolling and ungrouping, or stand in the way in words", () => {
    const design = drawn({ at: "units.1", params: { width: 3 } }, { at: "units.2.act", block: "gelu" });
    expect(ungroupProblem(design, { graph: null, node: "units" })).toContain("differs");
    const unrolled = run(design, { type: "unroll", args: { graph: null, node: "units" } });
    expect(unrolled.nodes.find((one) => one.id === "units_1")!.params).toEqual({ width: 3 });
    expect(pathsOf(unrolled)).toEqual(["units_2.act"]);
    const open = run(unrolled, { type: "ungroup", args: { graph: null, node: "units_2" } });
    expect(open.overrides).toEqual([]);
    expect(open.nodes.some((one) => one.block === "gelu")).toBe(true);
    expect(ungroupProblem(drawn({ at: "*.units.0", bypass: true }), { graph: "stage", node: "units" })).toContain("*");
  });
});
