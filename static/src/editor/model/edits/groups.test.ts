import { describe, expect, it } from "vitest";
import { run } from "../commands";
import { nodeOf } from "../graph";
import { chain, group, lenet, node, wires } from "../testing";
import type { Design } from "../types";

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

  it("ends in what is not wired yet, where no wire is cut", () => {
    const open: Design = { ...lenet(), edges: lenet().edges.filter((edge) => edge.from !== "fc.out") };
    const args = { graph: null, ids: ["conv2", "fc"], name: "tail", node: "tail", loose: { inputs: ["conv2.x"], outputs: ["fc.out"] } };
    const after = run(open, { type: "makeGroup", args });
    expect(sorted(after.groups!.tail!)).toEqual(["conv2.out > fc.x", "fc.out > output.out", "input.x > conv2.x"]);
    expect(after.groups!.tail!.outputs).toEqual([{ name: "out" }]);
    expect(sorted(after)).toContain("act1.out > tail.x");
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
