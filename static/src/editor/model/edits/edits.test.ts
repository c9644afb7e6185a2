import { describe, expect, it } from "vitest";
import { run } from "../commands";
import { usesOf } from "../expressions";
import { nodeOf } from "../graph";
import { chain, group, lenet, node, wires } from "../testing";
import type { Design } from "../types";

describe("nodes", () => {
  it("are added with the wires that join them", () => {
    const design = run(lenet(), {
      type: "addNode",
      args: { graph: null, node: node("norm", "relu"), edges: [{ edge: { from: "conv1.out", to: "norm.x" } }] },
    });
    expect(design.nodes.at(-1)!.id).toBe("norm");
    expect(wires(design)).toContain("conv1.out > norm.x");
  });

  it("are removed with their wires, or with the chain healed", () => {
    const before = lenet();
    const cut = run(before, { type: "removeNodes", args: { graph: null, ids: ["act1"] } });
    expect(wires(cut)).toEqual(["input.image > conv1.x", "conv2.out > fc.x", "fc.out > output.logits"]);
    const healed = run(before, { type: "removeNodes", args: { graph: null, ids: ["act1", "conv2"], heal: true } });
    expect(wires(healed)).toEqual(["input.image > conv1.x", "conv1.out > fc.x", "fc.out > output.logits"]);
    expect(before.nodes).toHaveLength(4);
  });

  it("that do not change stay the same objects", () => {
    const before = lenet();
    const after = run(before, { type: "setParams", args: { graph: null, node: "fc", set: { bias: false } } });
    expect(after.nodes[0]).toBe(before.nodes[0]);
    expect(after.edges).toBe(before.edges);
    expect(nodeOf(after, "fc")!.params).toEqual({ out_features: "=facts.label.classes", bias: false });
    expect(run(after, { type: "setParams", args: { graph: null, node: "fc", unset: ["bias"] } })).toEqual(before);
  });

  it("move by whole pixels, the graph's own ports among them; nothing moved is no change", () => {
    const before = lenet();
    const after = run(before, { type: "moveNodes", args: { graph: null, positions: { conv1: { x: 8.4, y: 9 }, "input.image": { x: 1, y: 2 } } } });
    expect(nodeOf(after, "conv1")!.position).toEqual({ x: 8, y: 9 });
    expect(after.inputs[0]!.position).toEqual({ x: 1, y: 2 });
    expect(after.nodes[1]).toBe(before.nodes[1]);
    expect(run(after, { type: "moveNodes", args: { graph: null, positions: { conv1: { x: 8, y: 9 } } } })).toBe(after);
  });

  it("keep wires and ties when renamed, inside groups as well", () => {
    const design: Design = {
      ...chain({ id: "stage", group: "block", repeat: 2 }),
      groups: { block: group([node("fc", "linear")], [["input.x", "fc.x"], ["fc.out", "output.out"]]) },
      ties: [{ param: "stage.1.fc.weight", to: "stage.0.fc.weight" }, { param: "stage.*.fc", to: "stage.0.fc" }],
    };
    const inner = run(design, { type: "renameNode", args: { graph: "block", from: "fc", to: "proj" } });
    expect(wires(inner.groups!.block!)).toEqual(["input.x > proj.x", "proj.out > output.out"]);
    expect(inner.ties).toEqual([{ param: "stage.1.proj.weight", to: "stage.0.proj.weight" }, { param: "stage.*.proj", to: "stage.0.proj" }]);
    const outer = run(inner, { type: "renameNode", args: { graph: null, from: "stage", to: "body" } });
    expect(outer.ties).toEqual([{ param: "body.1.proj.weight", to: "body.0.proj.weight" }, { param: "body.*.proj", to: "body.0.proj" }]);
    expect(wires(outer)).toEqual(["input.image > body.x", "body.out > output.logits"]);
  });

  it("become a choice and one of its alternatives again", () => {
    const before = lenet();
    const choice = run(before, { type: "makeChoice", args: { graph: null, node: "act1", name: "relu" } });
    expect(nodeOf(choice, "act1")).toMatchObject({ choice: { relu: { block: "relu" } }, pick: "relu" });
    const two = run(choice, { type: "setAlternative", args: { graph: null, node: "act1", name: "gelu", alternative: { block: "gelu" } } });
    const set = run(two, { type: "setParams", args: { graph: null, node: "act1", alternative: "gelu", set: { approximate: "tanh" } } });
    expect(nodeOf(set, "act1")!.choice!.gelu!.params).toEqual({ approximate: "tanh" });
    const settled = run(set, { type: "settleChoice", args: { graph: null, node: "act1", name: "gelu" } });
    expect(nodeOf(settled, "act1")).toMatchObject({ block: "gelu", params: { approximate: "tanh" } });
    expect(nodeOf(settled, "act1")!.choice).toBeUndefined();
    const lost = run(two, { type: "setAlternative", args: { graph: null, node: "act1", name: "relu", alternative: null } });
    expect(nodeOf(lost, "act1")!.pick).toBe("gelu");
  });
});

describe("wires", () => {
  it("replace what an input had, and are added in order where it takes many", () => {
    const design = run(lenet(), { type: "connect", args: { graph: null, edge: { from: "conv1.out", to: "fc.x" } } });
    expect(wires(design).filter((wire) => wire.endsWith("fc.x"))).toEqual(["conv1.out > fc.x"]);
    let sum = { ...lenet(), nodes: [...lenet().nodes, node("sum", "add")] };
    for (const from of ["conv2.out", "conv1.out"])
      sum = run(sum, { type: "connect", args: { graph: null, edge: { from, to: "sum.xs" }, variadic: true } });
    const into = (one: Design) => wires(one).filter((wire) => wire.endsWith("sum.xs"));
    expect(into(sum)).toEqual(["conv2.out > sum.xs", "conv1.out > sum.xs"]);
    const turned = run(sum, { type: "orderInputs", args: { graph: null, to: "sum.xs", from: ["conv1.out", "conv2.out"] } });
    expect(into(turned)).toEqual(["conv1.out > sum.xs", "conv2.out > sum.xs"]);
    const moved = run(turned, { type: "reconnect", args: { graph: null, edge: { from: "conv1.out", to: "sum.xs" }, to: { from: "act1.out", to: "sum.xs" }, variadic: true } });
    expect(into(moved)).toEqual(["act1.out > sum.xs", "conv2.out > sum.xs"]);
  });

  it("are cut, and take a node in between", () => {
    const edge = { from: "conv1.out", to: "act1.x" };
    expect(wires(run(lenet(), { type: "cut", args: { graph: null, edges: [edge] } }))).not.toContain("conv1.out > act1.x");
    const design = { ...lenet(), nodes: [...lenet().nodes, node("norm", "relu")] };
    const after = run(design, { type: "insertOnEdge", args: { graph: null, edge, input: "norm.x", output: "norm.out" } });
    expect(wires(after)).toEqual(expect.arrayContaining(["conv1.out > norm.x", "norm.out > act1.x"]));
    expect(wires(after)).not.toContain("conv1.out > act1.x");
  });
});

describe("ports", () => {
  const design: Design = {
    ...chain({ id: "stage", group: "block" }),
    groups: { block: group([node("fc", "linear")], [["input.x", "fc.x"], ["fc.out", "output.out"]]) },
  };

  it("of a group keep their wires at every instance when renamed", () => {
    const after = run(design, { type: "renamePort", args: { graph: "block", side: "inputs", from: "x", to: "data" } });
    expect(wires(after)).toEqual(["input.image > stage.data", "stage.out > output.logits"]);
    expect(wires(after.groups!.block!)).toEqual(["input.data > fc.x", "fc.out > output.out"]);
  });

  it("take their wires along when removed", () => {
    const after = run(design, { type: "removePort", args: { graph: "block", side: "outputs", name: "out" } });
    expect(wires(after)).toEqual(["input.image > stage.x"]);
    expect(wires(after.groups!.block!)).toEqual(["input.x > fc.x"]);
  });

  it("of the design have a kind and sizes", () => {
    const after = run(design, { type: "setPort", args: { graph: null, side: "inputs", name: "image", set: { dims: { C: 3 } } } });
    expect(after.inputs[0]).toEqual({ name: "image", kind: "image", dims: { C: 3 } });
  });
});

describe("variables", () => {
  it("are renamed wherever they are meant, not in quotes and not where a group's parameter hides them", () => {
    const design: Design = {
      ...lenet(),
      groups: {
        hides: group([node("a", "linear", { out_features: "=width" })], [], { params: { width: { default: 1 } } }),
        sees: group([node("b", "linear", { out_features: "=width + len('width')", note: "width" })], []),
      },
    };
    const after = run(design, { type: "renameVariable", args: { from: "width", to: "w" } });
    expect(after.nodes.map((one) => one.params?.out_channels)).toEqual(["=w", undefined, "=w*2", undefined]);
    expect(after.groups!.hides).toBe(design.groups!.hides);
    expect(after.groups!.sees!.nodes[0]!.params).toEqual({ out_features: "=w + len('width')", note: "width" });
    expect(Object.keys(after.variables!)).toEqual(["w"]);
  });

  it("are renamed and replaced in the weight of an output that training alone has", () => {
    const design: Design = { ...lenet(), outputs: [{ name: "logits" }, { name: "aid", weight: "=width / 20" }] };
    const after = run(design, { type: "renameVariable", args: { from: "width", to: "w" } });
    expect(after.outputs).toEqual([{ name: "logits" }, { name: "aid", weight: "=w / 20" }]);
    expect(run(after, { type: "removeVariable", args: { name: "w" } }).outputs[1]!.weight).toBe("=6 / 20");
    expect(usesOf(after, "w").map((use) => `${use.node}.${use.param}`)).toContain("output.aid");
  });

  it("leave their value behind when removed", () => {
    const after = run(lenet(), { type: "removeVariable", args: { name: "width" } });
    expect(after.nodes.map((one) => one.params?.out_channels)).toEqual([6, undefined, "=6*2", undefined]);
    expect(after.variables).toEqual({});
  });

  it("are made of a param", () => {
    const after = run(lenet(), { type: "promoteParam", args: { graph: null, node: "conv1", param: "kernel_size", variable: "kernel", value: 5 } });
    expect(after.variables!.kernel).toEqual({ value: 5 });
    expect(nodeOf(after, "conv1")!.params!.kernel_size).toBe("=kernel");
  });
});
