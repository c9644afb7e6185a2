import { describe, expect, it } from "vitest";
import { lenet } from "../model/testing";
import type { Design } from "../model/types";
import { type Changes, changedGraphs, isEqual, linesOf, merge, otherLines } from "./merge";

const NONE: Changes = { groups: {}, variables: {}, facts: {} } as Changes;

describe("two designs as one picture", () => {
  const before: Design = lenet();
  const [first, second] = before.nodes;

  it("shows all of two equal ones as the same", () => {
    const { nodes, wires } = merge(before, before, null, NONE, "down");
    expect(new Set([...nodes, ...wires].map((one) => one.fate))).toEqual(new Set(["same"]));
    expect(isEqual(NONE)).toBe(true);
  });

  it("keeps a node that is gone, beside what lies in its place now", () => {
    const fresh = { ...second!, id: "fresh" };
    const after = { ...before, nodes: [...before.nodes.filter((node) => node !== second), fresh], edges: [] };
    const { nodes, wires } = merge(before, after, null, NONE, "down");
    const fates = Object.fromEntries(nodes.map((node) => [node.id, node.fate]));
    expect(fates).toMatchObject({ [first!.id]: "same", [second!.id]: "removed", fresh: "added" });
    expect(wires.every((wire) => wire.fate === "removed")).toBe(true);
    const places = nodes.map((node) => `${node.position.x},${node.position.y}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it("says in words what has changed", () => {
    const changes = { ...NONE, nodes: { added: [], removed: [], changed: { [first!.id]: { "params.out_channels": [16, 32], repeat: [null, 3] } } }, variables: { width: [{ value: 4 }, { value: 8 }] }, overrides: { "layer.0.conv": [null, { params: { stride: 2 }, bypass: true }] } } as unknown as Changes;
    const node = merge(before, before, null, changes, "down").nodes.find((one) => one.id === first!.id)!;
    expect(node).toMatchObject({ fate: "changed", lines: ["out channels 16 → 32", "repeat none → 3"] });
    expect(otherLines(changes)).toEqual(["variable width 4 → 8", "only at layer.0.conv: as defined → stride 2, bypassed"]);
    expect(changedGraphs(changes)).toEqual([null]);
    expect(linesOf(undefined)).toEqual([]);
  });
});
