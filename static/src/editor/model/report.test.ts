import { describe, expect, it } from "vitest";
import { locate, placeOf } from "./graph";
import { issuesAt, looseIssues, reconcile, tensorOn, type Issue, type Report } from "./report";
import { chain, group, lenet, node } from "./testing";
import type { Design } from "./types";

const nested: Design = {
  ...chain({ id: "stage", group: "outer", repeat: 2 }, node("fc", "linear")),
  groups: {
    outer: group([{ id: "cell", group: "inner" }], []),
    inner: group([node("conv", "conv2d")], []),
  },
};

const report = (more: Partial<Report>): Report => ({
  hash: null,
  batch: 1,
  peak_at: null,
  space: null,
  total: { params: 0, trainable_params: 0, active_params: 0, macs: 0, weight_bytes: 0, activation_bytes: 0, peak_activation_bytes: 0 },
  inputs: {},
  outputs: {},
  nodes: {},
  uncounted: [],
  errors: [],
  notes: [],
  ...more,
});

describe("paths", () => {
  it("lead through repeated and nested groups", () => {
    expect(locate(nested, "stage.1.cell.conv")).toEqual({
      graph: "inner",
      node: "conv",
      steps: [{ node: "stage", index: 1 }, { node: "cell", index: null }],
    });
    expect(locate(nested, "stage.cell.conv")!.node).toBe("conv");
    expect(locate(nested, "stage.0.ghost")).toMatchObject({ graph: null, node: "stage" });
    expect(locate(nested, "ghost")).toBeNull();
  });

  it("are built from the steps taken, which end where a group is gone", () => {
    const steps = [{ node: "stage", index: 1 }, { node: "cell", index: null }];
    expect(placeOf(nested, steps)).toEqual({ graph: "inner", path: "stage.1.cell", steps });
    expect(placeOf({ ...nested, groups: { outer: nested.groups!.outer! } }, steps)).toMatchObject({ graph: "outer", path: "stage.1" });
  });
});

describe("a new answer", () => {
  it("keeps the identity of what did not change", () => {
    const before = { nodes: { a: { params: 1, outputs: { out: { shape: [1, 2] } } }, b: { params: 2 } } };
    const after = reconcile(before, { nodes: { a: { params: 1, outputs: { out: { shape: [1, 2] } } }, b: { params: 3 } } });
    expect(after).not.toBe(before);
    expect(after.nodes.a).toBe(before.nodes.a);
    expect(after.nodes.b).toEqual({ params: 3 });
    expect(reconcile(before, JSON.parse(JSON.stringify(before)))).toBe(before);
    expect(reconcile([1, 2], [1])).toEqual([1]);
    expect(reconcile({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  });

  it("knows the tensor on a wire, from either end", () => {
    const given = report({
      inputs: { image: { shape: [1, 28, 28], dtype: "float32" } },
      nodes: { conv1: { outputs: { out: { shape: [6, 28, 28] } } }, "stage.0.cell": { inputs: { x: { shape: [8] } } } },
    });
    expect(tensorOn(given, "", { from: "input.image", to: "conv1.x" })!.shape).toEqual([1, 28, 28]);
    expect(tensorOn(given, "", { from: "conv1.out", to: "act1.x" })!.shape).toEqual([6, 28, 28]);
    expect(tensorOn(given, "stage.0", { from: "input.x", to: "cell.x" })!.shape).toEqual([8]);
    expect(tensorOn(null, "", { from: "a.out", to: "b.x" })).toBeUndefined();
  });

  it("puts issues on the node in view: own, inside a group, another instance's", () => {
    const issue = (path: string, at: Issue["at"] = null): Issue => ({ path, code: "c", message: "m", at });
    const given = report({ errors: [issue("fc"), issue("stage.1.cell.conv", { group: "inner", node: "conv" }), issue("output.logits"), issue("")] });
    expect([...issuesAt(given, "", null).keys()]).toEqual(["fc", "stage", "output.logits"]);
    expect([...issuesAt(given, "stage.1.cell", "inner").keys()]).toEqual(["conv"]);
    expect([...issuesAt(given, "stage.0.cell", "inner").keys()]).toEqual(["conv"]);
    expect(looseIssues(given, lenet()).map((one) => one.path)).toEqual([""]);
  });
});
