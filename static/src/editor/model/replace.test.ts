import { describe, expect, it } from "vitest";
import { portsOfAlternative } from "./registry";
import { fitsInPlace } from "./replace";
import { chain, group, node, registry } from "./testing";

const design = {
  ...chain(node("a", "relu"), node("b", "conv2d")),
  groups: { same: group([], []), other: group([], [], { inputs: [{ name: "x" }, { name: "right" }] }), source: group([], [], { inputs: [] }), sink: group([], [], { outputs: [] }) },
};
const fits = (what: { block?: string; group?: string }): boolean => fitsInPlace(design, "a", portsOfAlternative(design, registry, what));

describe("what can stand in a node's place", () => {
  it("has the ports that its wires use, and needs no others", () => {
    expect(fits({ block: "conv2d" })).toBe(true);
    expect(fits({ group: "same" })).toBe(true);
    expect(fits({ block: "add" })).toBe(false);
    expect(["other", "source", "sink"].filter((name) => fits({ group: name }))).toEqual([]);
  });
});
