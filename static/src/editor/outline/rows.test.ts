import { describe, expect, it } from "vitest";
import { keepMade } from "../model/made";
import { chain, group, node } from "../model/testing";
import type { Design } from "../model/types";
import { type OutlineView, inDataOrder, rowsOf } from "./rows";

const stage = group([node("conv", "conv2d"), node("act", "relu")], [["input.x", "conv.x"], ["conv.out", "act.x"], ["act.out", "output.out"]]);
const design = {
  ...chain(node("first", "conv2d"), { id: "stage", group: "stage", repeat: 2 }, node("last", "linear")),
  groups: { stage },
};
const show = (view: Partial<OutlineView> = {}, of: Design = design) =>
  rowsOf(of, { open: new Set(), repetition: () => 0, ...view }).map((row) => `${"  ".repeat(row.level - 1)}${row.path}${row.expands ? (row.open ? " -" : " +") : ""}`);

describe("rows of the outline", () => {
  it("fold groups away until they are opened", () => {
    expect(show()).toEqual(["input.image", "first", "stage +", "last", "output.logits"]);
    expect(show({ open: new Set(["stage"]), repetition: () => 1 })).toEqual([
      "input.image",
      "first",
      "stage -",
      "  stage.1.input.x",
      "  stage.1.conv",
      "  stage.1.act",
      "  stage.1.output.out",
      "last",
      "output.logits",
    ]);
  });

  it("show what a generator made as they show a group's inside, once it is known", () => {
    const made = { ...chain(node("first", "conv2d"), { id: "tree", generator: "tree", repeat: 2 }), groups: {} };
    const view = { open: new Set(["tree", "tree/part"]), repetition: () => 1 };
    expect(show({}, made)).toContain("tree +");
    expect(show(view, made)).toContain("tree +");
    const madeAt = (path: string) => (path === "tree.1" ? "tree/outline/1" : undefined);
    const waiting = rowsOf(made, { ...view, madeAt }).find((row) => row.waits);
    expect(waiting?.waits).toEqual({ generator: "tree", path: "tree.1" });
    keepMade({ "tree/outline/1": group([{ id: "part", group: "tree/part/2" }], []), "tree/part/2": group([node("conv", "conv2d")], []) });
    expect(show({ ...view, madeAt }, made).slice(2, -1)).toEqual([
      "tree -",
      "  tree.1.input.x",
      "  tree.1.part -",
      "    tree.1.part.input.x",
      "    tree.1.part.conv",
      "    tree.1.part.output.out",
      "  tree.1.output.out",
    ]);
    expect(rowsOf(made, { ...view, madeAt }).find((row) => row.id === "conv")).toMatchObject({ graph: "tree/part/2", steps: [{ node: "tree", index: 1 }, { node: "part", index: null }] });
    expect(rowsOf(made, { ...view, madeAt }).some((row) => row.waits)).toBe(false);
  });

  it("know their place among their siblings", () => {
    const rows = rowsOf(design, { open: new Set(["stage"]), repetition: () => 0 });
    expect(rows.filter((row) => row.level === 2).map((row) => `${row.at}/${row.of}`)).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(rows.at(-1)).toMatchObject({ at: 5, of: 5 });
  });

  it("follow the data where the document does not", () => {
    const late = { ...design, nodes: [...design.nodes, node("norm", "relu")], edges: design.edges.map((edge) => (edge.to === "stage.x" ? { from: "first.out", to: "norm.x" } : edge)).concat({ from: "norm.out", to: "stage.x" }) };
    expect(inDataOrder(late).map((item) => item.id)).toEqual(["input.image", "first", "norm", "stage", "last", "output.logits"]);
  });

  it("are each there once when wires go in a circle", () => {
    const round = { ...design, edges: [{ from: "first.out", to: "last.x" }, { from: "last.out", to: "first.x" }] };
    expect(inDataOrder(round).map((item) => item.id).sort()).toEqual(["first", "input.image", "last", "output.logits", "stage"]);
  });

  it("of a group that contains itself come to an end", () => {
    const endless = { ...design, groups: { stage: group([{ id: "again", group: "stage" }], []) } };
    expect(show({ open: new Set(["stage", "stage/again"]) }, endless).filter((row) => row.includes("again"))).toEqual(["  stage.0.again -"]);
  });

  it("are sorted by cost within a level", () => {
    const cost = (path: string) => ({ last: 9, first: 5, "stage.0.act": 2 })[path] ?? 0;
    expect(show({ cost, open: new Set(["stage"]) })).toEqual([
      "last",
      "first",
      "input.image",
      "stage -",
      "  stage.0.act",
      "  stage.0.input.x",
      "  stage.0.conv",
      "  stage.0.output.out",
      "output.logits",
    ]);
    expect(show({ cost, rising: true }).at(-1)).toBe("last");
  });

  it("that match are shown with the groups around them", () => {
    expect(show({ match: (row) => row.id === "act" })).toEqual(["stage -", "  stage.0.act"]);
    expect(show({ match: (row) => row.id === "stage", open: new Set(["stage"]) })).toHaveLength(5);
    expect(show({ match: () => false })).toEqual([]);
  });
});
