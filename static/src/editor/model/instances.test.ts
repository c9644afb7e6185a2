import { expect, it } from "vitest";
import { instancesOf, repeatsAt } from "./instances";
import { chain, group, node } from "./testing";
import type { Report } from "./report";
import type { Design } from "./types";

const design = (): Design => ({
  ...chain({ id: "a", group: "outer", repeat: 2 }, { id: "b", group: "outer" }, { id: "c", choice: { one: { block: "relu" }, two: { group: "hidden" } } }),
  groups: {
    outer: group([{ id: "cell", group: "inner", repeat: "=depth" }, node("act", "relu")], []),
    inner: group([node("fc", "linear")], []),
    hidden: group([{ id: "deep", group: "inner" }], []),
  },
});

it("finds all that stand for a group, and the way there", () => {
  expect(instancesOf(design(), "outer")).toEqual([
    { graph: null, node: "a", steps: [], repeat: 2 },
    { graph: null, node: "b", steps: [], repeat: null },
  ]);
  expect(instancesOf(design(), "inner")).toEqual([
    { graph: "outer", node: "cell", steps: [{ node: "a", index: 0 }], repeat: "=depth" },
    { graph: "hidden", node: "deep", steps: null, repeat: null },
  ]);
  expect(instancesOf(design(), "hidden").map((one) => one.node)).toEqual(["c"]);
});

it("says how often a node repeats, wherever it is opened", () => {
  const nodes = { a: { repeat: 2 }, "a.0.cell": { repeat: 3 }, "a.1.cell": { repeat: 3 }, "b.cell": { repeat: 1 }, cell: { repeat: 9 } };
  const report = { nodes } as unknown as Report;
  expect(repeatsAt(design(), report, "outer", "cell")).toEqual([1, 3]);
  expect(repeatsAt(design(), report, null, "a")).toEqual([2]);
  expect(repeatsAt(design(), null, null, "a")).toEqual([]);
});
