import { describe, expect, it } from "vitest";
import { chain, group, node } from "../model/testing";
import { between, moveFrom, typeAhead } from "./move";
import { rowsOf } from "./rows";

const design = {
  ...chain(node("conv1", "conv2d"), { id: "stage", group: "stage" }, node("conv2", "conv2d")),
  groups: { stage: group([node("act", "relu")], [["input.x", "act.x"], ["act.out", "output.out"]]) },
};
const rows = rowsOf(design, { open: new Set(["stage"]), repetition: () => 0 });
const folded = rowsOf(design, { open: new Set(), repetition: () => 0 });
const at = (id: string, of = rows) => of.findIndex((row) => row.id === id);
const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false });
const from = (id: string, key: string, column: number | null = null, ctrl = false) => moveFrom({ row: at(id), column }, rows, 9, 3, press(key, ctrl));

describe("keys in the outline", () => {
  it("go up and down, by pages and to the ends, and keep the column", () => {
    expect(from("conv1", "ArrowDown", 2)).toEqual({ to: { row: at("stage"), column: 2 } });
    expect(from("input.image", "ArrowUp")).toEqual({ to: { row: 0, column: null } });
    expect(from("input.image", "PageDown")).toEqual({ to: { row: 3, column: null } });
    expect(from("act", "End")).toEqual({ to: { row: rows.length - 1, column: null } });
    expect(from("act", "End", 2)).toEqual({ to: { row: at("act"), column: 8 } });
    expect(from("act", "Home", 2, true)).toEqual({ to: { row: 0, column: 2 } });
  });

  it("open and close groups, go into the columns and to the group around", () => {
    const stage = at("stage", folded);
    expect(moveFrom({ row: stage, column: null }, folded, 9, 3, press("ArrowRight"))).toEqual({ fold: folded[stage], open: true });
    expect(from("stage", "ArrowRight")).toEqual({ to: { row: at("stage"), column: 0 } });
    expect(from("stage", "ArrowLeft", 0)).toEqual({ to: { row: at("stage"), column: null } });
    expect(from("stage", "ArrowLeft")).toEqual({ fold: rows[at("stage")], open: false });
    expect(from("act", "ArrowLeft")).toEqual({ to: { row: at("stage"), column: null } });
    expect(from("conv1", "ArrowLeft")).toBeNull();
    expect(from("conv1", "x")).toBeNull();
  });

  it("find rows by their first letters, one after the other", () => {
    const text = () => "";
    expect(typeAhead(rows, 0, "c", text)).toBe(at("conv1"));
    expect(typeAhead(rows, at("conv1"), "c", text)).toBe(at("conv2"));
    expect(typeAhead(rows, at("conv2"), "c", text)).toBe(at("conv1"));
    expect(typeAhead(rows, at("conv1"), "conv1", text)).toBe(at("conv1"));
    expect(typeAhead(rows, 0, "z", text)).toBe(-1);
    expect(typeAhead(rows, 0, "lin", (row) => (row.id === "conv2" ? "Linear" : ""))).toBe(at("conv2"));
  });

  it("extend a selection over siblings only", () => {
    expect(between(rows, at("conv1"), at("conv2")).map((row) => row.id)).toEqual(["conv1", "stage", "conv2"]);
  });
});
