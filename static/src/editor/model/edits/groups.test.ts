import { describe, expect, it } from "vitest";
import { run } from "../commands";
import { nodeOf } from "../graph";
import { chain, group, lenet, node, wires } from "../testing";
import type { Design } from "../types";
import { ungroupProblem } from "./groups";

const sorted = (design: { edges: { from: string; to: string }[] }) => wires(design).sort();

describe("making a group", () => {
  it("turns the cut wires into ports and keeps the rest", () => {
    const design = run(lenet(), { type: "makeGroup", args: { graph: null, ids: ["act1", "conv2"], name: "stage", node: "stage" } });
    expect(design.nodes.map((one) => one.id)).toEqual(["conv1", "stage", "fc"]);
    expect(sorted(design)).toEqual(["conv1.out > stage.x", "fc.out > output.logits", "input.image > conv1.x", "stage.out > fc.x"]);
    const made = design.groups!.stage!;
    expect(sorted(made)).toEqual(["act1.out > conv2.x", "conv2.out > output.out", "input.x > act1.x"]);
    expect(made.inputs).toEqual([{ name: "x" }]);
    expect(nodeOf(design, "stage")!.position).toEqual({ x: 0, y: 250 });
  });

  it("gives one port to each source, however many nodes it feeds", () => {
    const design: Design = {
      ...lenet(),
      nodes: [...lenet().nodes, node("sum", "add")],
      edges: [
        { from: "input.image", to: "conv1.x" },
        { from: "conv1.out", to: "act1.x" },
        { from: "conv1.out", to: "sum.xs" },
        { from: "act1.out", to: "sum.xs" },
        { from: "input.image", to: "sum.xs" },
        { from: "sum.out", to: "output.logits" },
      ],
    };
    const after = run(design, { type: "makeGroup", args: { graph: null, ids: ["act1", "sum"], name: "g", node: "g" } });
    expect(wires(after)).toEqual(["input.image > conv1.x", "conv1.out > g.x", "input.image > g.xs", "g.out > output.logits"]);
    expect(wires(after.groups!.g!).filter((wire) => wire.endsWith("sum.xs"))).toEqual(["input.x > sum.xs", "act1.out > sum.xs", "input.xs > sum.xs"]);
  });

  it("hands in what its nodes use of the group around them", () => {
    const design: Design = {
      ...chain({ id: "stage", group: "outer", repeat: 2 }),
      groups: {
        outer: group(
          [node("fc", "linear", { out_features: "=width * (i + 1)" }), node("act", "relu")],
          [["input.x", "fc.x"], ["fc.out", "act.x"], ["act.out", "output.out"]],
          { params: { width: { default: 64, doc: "Width." } } },
        ),
      },
    };
    const after = run(design, { type: "makeGroup", args: { graph: "outer", ids: ["fc"], name: "inner", node: "inner" } });
    expect(nodeOf(after.groups!.outer, "inner")!.params).toEqual({ width: "=width", index: "=i" });
    expect(after.groups!.inner!.params).toEqual({ width: { default: 64, doc: "Width." }, index: { default: 0 } });
    expect(after.groups!.inner!.nodes[0]!.params).toEqual({ out_features: "=width * (index + 1)" });
  });
});

describe("ungrouping", () => {
  it("is the inverse of grouping", () => {
    const before = lenet();
    const grouped = run(before, { type: "makeGroup", args: { graph: null, ids: ["act1", "conv2"], name: "stage", node: "stage" } });
    const after = run(grouped, { type: "ungroup", args: { graph: null, node: "stage" } });
    expect(after.nodes).toEqual(before.nodes);
    expect(sorted(after)).toEqual(sorted(before));
    expect(after.groups).toEqual({});
  });

  it("unrolls a repeat, with i, n and the parameters put in", () => {
    const design: Design = {
      ...chain({ id: "stage", group: "block", repeat: 3, params: { width: "=w*2" } }),
      variables: { w: { value: 8 } },
      groups: {
        block: group([node("fc", "linear", { out_features: "=width + i", note: "=n" })], [["input.x", "fc.x"], ["fc.out", "output.out"]], {
          params: { width: { default: 1 } },
        }),
      },
      ties: [{ param: "stage.2.fc.weight", to: "stage.0.fc.weight" }],
    };
    const after = run(design, { type: "ungroup", args: { graph: null, node: "stage" } });
    expect(after.nodes.map((one) => [one.id, one.params])).toEqual([
      ["stage_0_fc", { out_features: "=(w*2) + 0", note: 3 }],
      ["stage_1_fc", { out_features: "=(w*2) + 1", note: 3 }],
      ["stage_2_fc", { out_features: "=(w*2) + 2", note: 3 }],
    ]);
    expect(sorted(after)).toEqual([
      "input.image > stage_0_fc.x",
      "stage_0_fc.out > stage_1_fc.x",
      "stage_1_fc.out > stage_2_fc.x",
      "stage_2_fc.out > output.logits",
    ]);
    expect(after.ties).toEqual([{ param: "stage_2_fc.weight", to: "stage_0_fc.weight" }]);
  });

  it("keeps ids apart from those that are taken, and the definition while others use it", () => {
    const block = group([node("fc", "linear")], [["input.x", "fc.x"], ["fc.out", "output.out"]]);
    const design: Design = { ...chain(node("fc", "linear"), { id: "a", group: "block" }, { id: "b", group: "block" }), groups: { block } };
    const after = run(design, { type: "ungroup", args: { graph: null, node: "a" } });
    expect(after.nodes.map((one) => one.id)).toEqual(["fc", "a_fc", "b"]);
    expect(after.groups).toEqual({ block });
  });

  it("passes a straight wire through", () => {
    const design: Design = { ...chain({ id: "a", group: "through" }), groups: { through: group([], [["input.x", "output.out"]]) } };
    expect(wires(run(design, { type: "ungroup", args: { graph: null, node: "a" } }))).toEqual(["input.image > output.logits"]);
  });

  it("says why it cannot when something would be lost", () => {
    const design: Design = { ...chain({ id: "a", group: "g", repeat: "=depth" }), groups: { g: group([node("fc", "linear")], []) } };
    expect(ungroupProblem(design, null, "a")).toContain("=depth");
    expect(run(design, { type: "ungroup", args: { graph: null, node: "a" } })).toBe(design);
  });
});

describe("definitions", () => {
  const block = group([node("fc", "linear", { out_features: "=width" })], [], { params: { width: { default: 4 } } });
  const design: Design = { ...chain({ id: "a", group: "block", params: { width: 8 } }, { id: "b", group: "block" }), groups: { block } };

  it("split when one instance is made unique", () => {
    const after = run(design, { type: "makeUnique", args: { graph: null, node: "b", name: "block2" } });
    expect(after.nodes.map((one) => one.group)).toEqual(["block", "block2"]);
    expect(after.groups!.block2).toBe(block);
  });

  it("are renamed at all instances, choices among them", () => {
    const choice: Design = { ...design, nodes: [...design.nodes, { id: "c", choice: { one: { group: "block" } } }] };
    const after = run(choice, { type: "renameGroup", args: { from: "block", to: "cell" } });
    expect(after.nodes.map((one) => one.group ?? one.choice?.one?.group)).toEqual(["cell", "cell", "cell"]);
    expect(Object.keys(after.groups!)).toEqual(["cell"]);
  });

  it("rename and drop parameters inside and at the instances", () => {
    const renamed = run(design, { type: "renameGroupParam", args: { group: "block", from: "width", to: "size" } });
    expect(renamed.nodes[0]!.params).toEqual({ size: 8 });
    expect(renamed.groups!.block!.nodes[0]!.params).toEqual({ out_features: "=size" });
    const dropped = run(design, { type: "setGroupParam", args: { group: "block", name: "width", param: null } });
    expect(dropped.nodes[0]!.params).toEqual({});
    expect(dropped.groups!.block!.nodes[0]!.params).toEqual({ out_features: 4 });
  });

  it("take a param of an inner node as their own", () => {
    const after = run(design, { type: "promoteToGroup", args: { graph: "block", node: "fc", param: "bias", name: "bias", value: true } });
    expect(after.groups!.block!.params).toEqual({ width: { default: 4 }, bias: { default: true } });
    expect(after.groups!.block!.nodes[0]!.params).toEqual({ out_features: "=width", bias: "=bias" });
  });
});
