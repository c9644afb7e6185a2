import { describe, expect, it } from "vitest";
import { run } from "../commands";
import { nodeOf } from "../graph";
import { chain, group, lenet, node, wires } from "../testing";
import type { Design } from "../types";
import { ungroupProblem } from "./ungroup";

const sorted = (design: { edges: { from: string; to: string }[] }) => wires(design).sort();

const ungrouped = (design: Design, id: string, count?: number, graph: string | null = null): Design =>
  run(design, { type: "ungroup", args: { graph, node: id, count } });

/** A group of two nodes that repeats; `width` is its own, `act` the design's. */
const stage = (more: Partial<Design["nodes"][number]> = {}): Design => ({
  ...chain({ id: "stage", group: "block", params: { width: "=w*2" }, ...more }),
  variables: { w: { value: 8 }, depth: { value: 3 }, skip: { value: false } },
  groups: {
    block: group(
      [node("fc", "linear", { out_features: "=width + i" }), node("act", "relu")],
      [["input.features", "fc.x"], ["fc.out", "act.x"], ["act.out", "output.result"]],
      { params: { width: { default: 4, doc: "Width." } }, inputs: [{ name: "features" }], outputs: [{ name: "result" }], doc: "A block." },
    ),
  },
  edges: [{ from: "input.image", to: "stage.features" }, { from: "stage.result", to: "output.logits" }],
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

  it("puts what a repeat comes to in place of an expression", () => {
    const design = stage({ repeat: "=depth" });
    expect(ungroupProblem(design, { graph: null, node: "stage" })).toContain("=depth");
    expect(ungrouped(design, "stage")).toBe(design);
    const after = ungrouped(design, "stage", 2);
    expect(after.nodes.map((one) => one.id)).toEqual(["stage_0_fc", "stage_0_act", "stage_1_fc", "stage_1_act"]);
    expect(sorted(after)).toContain("stage_0_act.out > stage_1_fc.x");
  });

  it("hands a bypass and a mute on to what is inside", () => {
    const design = stage({ bypass: "=skip" });
    design.groups!.block!.nodes[1]!.bypass = "=i > 0";
    const after = ungrouped(design, "stage");
    expect(after.nodes.map((one) => one.bypass)).toEqual(["=skip", "=(skip) or (i > 0)"]);
    expect(ungrouped(stage({ mute: true }), "stage").nodes.map((one) => one.mute)).toEqual([true, true]);
    const twoInputs = stage({ bypass: true });
    twoInputs.groups!.block!.inputs.push({ name: "other" });
    expect(ungroupProblem(twoInputs, { graph: null, node: "stage" })).toContain("bypassed as a whole");
  });

  it("says why it cannot when something would be lost", () => {
    expect(ungroupProblem(stage({ repeat: 0 }), { graph: null, node: "stage" })).toContain("0 times");
    expect(ungroupProblem(stage({ repeat: 65 }), { graph: null, node: "stage" })).toContain("at most 64");
    expect(ungroupProblem(stage(), { graph: null, node: "nowhere" })).toContain("not a group");
  });

  it("gives inner groups that use the counters around them a number instead", () => {
    const design: Design = {
      ...chain({ id: "stage", group: "outer", repeat: 2 }, { id: "alone", group: "inner", repeat: 3 }),
      groups: {
        outer: group([{ id: "cell", group: "inner" }], [["input.x", "cell.x"], ["cell.out", "output.out"]]),
        inner: group([node("fc", "linear", { out_features: "=8 * (i + 1)" })], [["input.x", "fc.x"], ["fc.out", "output.out"]]),
      },
    };
    const after = ungrouped(design, "stage");
    expect(after.nodes.map((one) => [one.id, one.params])).toEqual([
      ["stage_0_cell", { index: 0 }],
      ["stage_1_cell", { index: 1 }],
      ["alone", { index: "=i" }],
    ]);
    expect(after.groups!.inner!.nodes[0]!.params).toEqual({ out_features: "=8 * (index + 1)" });
    expect(after.groups!.inner!.params).toEqual({ index: { default: 0 } });
  });

  it("leaves the counters of inner repeats alone", () => {
    const design: Design = {
      ...chain({ id: "stage", group: "outer", repeat: 2 }),
      groups: { outer: group([node("fc", "linear", { out_features: "=i" }, { repeat: "=i + 1" })], [["input.x", "fc.x"], ["fc.out", "output.out"]]) },
    };
    expect(ungrouped(design, "stage").nodes.map((one) => [one.repeat, one.params!.out_features])).toEqual([["=0 + 1", "=i"], ["=1 + 1", "=i"]]);
  });

  it("does not let a variable be caught by a parameter of the group around", () => {
    const design: Design = {
      ...chain({ id: "top", group: "outer", params: { w: 3 } }),
      variables: { w: { value: 8 } },
      groups: {
        outer: group([{ id: "cell", group: "inner", params: { size: "=w" } }], [["input.x", "cell.x"], ["cell.out", "output.out"]], { params: { w: { default: 1 } } }),
        inner: group([node("fc", "linear", { out_features: "=w + size" })], [["input.x", "fc.x"], ["fc.out", "output.out"]], { params: { size: { default: 1 } } }),
      },
    };
    const after = ungrouped(design, "cell", undefined, "outer");
    expect(after.groups!.outer!.params).toEqual({ own_w: { default: 1 } });
    expect(after.groups!.outer!.nodes[0]!.params).toEqual({ out_features: "=w + (own_w)" });
    expect(after.nodes[0]!.params).toEqual({ own_w: 3 });
  });

  it("follows ties at every instance of the graph it happens in", () => {
    const design: Design = {
      ...chain({ id: "a", group: "outer" }, { id: "b", group: "outer", repeat: 2 }),
      groups: {
        outer: group([{ id: "cell", group: "inner" }], [["input.x", "cell.x"], ["cell.out", "output.out"]]),
        inner: group([node("fc", "linear")], [["input.x", "fc.x"], ["fc.out", "output.out"]]),
      },
      ties: [{ param: "b.1.cell.fc.weight", to: "a.cell.fc.weight" }],
    };
    const after = ungrouped(design, "cell", undefined, "outer");
    expect(after.ties).toEqual([{ param: "b.1.fc.weight", to: "a.fc.weight" }]);
    const back = run(after, { type: "regroup", args: { graph: "outer", ids: ["fc"] } });
    expect(back.ties).toEqual(design.ties);
  });
});

describe("grouping again", () => {
  const again = (design: Design, ids = design.nodes.map((one) => one.id)): Design => run(design, { type: "regroup", args: { graph: null, ids } });

  it.each([
    ["an instance", stage(), undefined],
    ["a repeat", stage({ repeat: 3 }), undefined],
    ["a repeat by an expression", stage({ repeat: "=depth", bypass: "=skip" }), 3],
  ])("gives %s back: definition, parameters, ports, repeat, wires", (_, before, count) => {
    const back = again(ungrouped(before, "stage", count));
    const { position: _place, ...instance } = nodeOf(back, "stage")!;
    expect(instance).toEqual(before.nodes[0]);
    expect(sorted(back)).toEqual(sorted(before));
    expect({ ...back, nodes: before.nodes, edges: before.edges }).toEqual(before);
  });

  it("works after nodes were moved and labelled", () => {
    const after = ungrouped(stage(), "stage");
    const moved = { ...after, nodes: after.nodes.map((one) => ({ ...one, position: { x: 5, y: 7 }, label: "mine" })) };
    expect(nodeOf(again(moved), "stage")).toMatchObject({ group: "block", position: { x: 5, y: 7 } });
  });

  it("does nothing when they are no longer the same", () => {
    const after = ungrouped(stage({ repeat: 2 }), "stage");
    expect(again(after, ["stage_0_fc"])).toBe(after);
    const changed = run(after, { type: "setParams", args: { graph: null, node: "stage_1_fc", set: { out_features: 9 } } });
    expect(again(changed)).toBe(changed);
    const cut = run(after, { type: "cut", args: { graph: null, edges: [{ from: "stage_0_fc.out", to: "stage_0_act.x" }] } });
    expect(again(cut)).toBe(cut);
  });

  it("does nothing when the definition was changed since", () => {
    const two = { ...stage(), nodes: [...stage().nodes, { id: "other", group: "block" }] };
    const after = ungrouped(two, "stage");
    const changed = run(after, { type: "setParams", args: { graph: "block", node: "fc", set: { out_features: 1 } } });
    expect(again(changed, ["fc", "act"])).toBe(changed);
    expect(nodeOf(again(after, ["fc", "act"]), "stage")).toMatchObject({ group: "block", params: { width: "=w*2" } });
  });
});

describe("unrolling", () => {
  it("makes a repeat a chain of instances with their numbers handed in", () => {
    const after = run(stage({ repeat: "=depth", bypass: "=i == 1" }), { type: "unroll", args: { graph: null, node: "stage", count: 2 } });
    expect(after.nodes.map(({ id, group: name, params, repeat, bypass }) => [id, name, params, repeat, bypass])).toEqual([
      ["stage_0", "block", { width: "=w*2", index: 0 }, undefined, "=0 == 1"],
      ["stage_1", "block", { width: "=w*2", index: 1 }, undefined, "=1 == 1"],
    ]);
    expect(sorted(after)).toEqual(["input.image > stage_0.features", "stage_0.result > stage_1.features", "stage_1.result > output.logits"]);
    expect(Object.keys(after.groups!)).toEqual(["block"]);
    expect(after.groups!.block!.nodes[0]!.params).toEqual({ out_features: "=width + index" });
  });
});

describe("a repeat with a history", () => {
  /** Each of three copies sums what all before it gave; outside, all are summed once more. */
  const dense = (): Design => ({
    ...chain({ id: "units", group: "unit", repeat: 3, history: "past" }, node("join", "weighted_sum")),
    groups: {
      unit: group(
        [node("fc", "linear"), node("mix", "weighted_sum")],
        [["input.x", "fc.x"], ["input.past", "mix.xs"], ["fc.out", "mix.xs"], ["mix.out", "output.out"], ["fc.out", "output.past"]],
        { inputs: [{ name: "x" }, { name: "past" }], outputs: [{ name: "out" }, { name: "past" }] },
      ),
    },
    edges: [
      { from: "input.image", to: "units.x" },
      { from: "units.past", to: "join.xs" },
      { from: "join.out", to: "output.logits" },
    ],
  });

  it("is ungrouped with every copy wired to all before it", () => {
    const after = ungrouped(dense(), "units");
    const into = (end: string) => after.edges.filter((edge) => edge.to === end).map((edge) => edge.from);
    const [fc, mix] = ["linear", "weighted_sum"].map((block) => after.nodes.filter((one) => one.block === block && one.id !== "join").map((one) => one.id));
    expect(into(`${mix![2]}.xs`)).toEqual(["input.image", ...fc!.map((id) => `${id}.out`)]);
    expect(into("join.xs")).toEqual(["input.image", ...fc!.map((id) => `${id}.out`)]);
    expect(into(`${fc![1]}.x`)).toEqual([`${mix![0]}.out`]);
  });

  it("is unrolled into single instances that are each handed all before", () => {
    const after = run(dense(), { type: "unroll", args: { graph: null, node: "units" } });
    const into = (end: string) => after.edges.filter((edge) => edge.to === end).map((edge) => edge.from);
    expect(after.nodes.some((one) => one.history)).toBe(false);
    expect(into("units_2.past")).toEqual(["input.image", "units_0.past", "units_1.past"]);
    expect(into("units_2.x")).toEqual(["units_1.out"]);
  });

  it("keeps its port when that is renamed, with the output that is remembered, and loses it with the port", () => {
    const renamed = run(dense(), { type: "renamePort", args: { graph: "unit", side: "inputs", from: "past", to: "seen" } });
    expect(nodeOf(renamed, "units")!.history).toBe("seen");
    expect(renamed.groups!.unit!.outputs.map((port) => port.name)).toEqual(["out", "seen"]);
    expect(wires(renamed)).toContain("units.seen > join.xs");
    const cut = run(dense(), { type: "removePort", args: { graph: "unit", side: "inputs", name: "past" } });
    expect(nodeOf(cut, "units")).not.toHaveProperty("history");
  });
});
