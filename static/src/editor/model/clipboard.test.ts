import { describe, expect, it } from "vitest";
import { copy, paste, readClip, type Paste } from "./clipboard";
import { run } from "./commands";
import { chain, group, lenet, node, wires } from "./testing";
import type { Design } from "./types";

const clipOf = (design: Design, key: string | null, ids: string[]) => readClip(JSON.stringify(copy(design, key, ids)))!;

describe("the clipboard", () => {
  it("pastes nodes under new ids with the wires between them", () => {
    const design = lenet();
    const pasted = paste(design, null, clipOf(design, null, ["conv1", "act1"])) as Paste;
    expect(pasted.ids).toEqual(["conv3", "act2"]);
    const after = run(design, pasted.command);
    expect(wires(after)).toContain("conv3.out > act2.x");
    expect(wires(after)).toHaveLength(6);
    expect(after.nodes.at(-2)!.position).toEqual({ x: 40, y: 140 });
  });

  it("keeps the inputs when asked", () => {
    const design = lenet();
    const after = run(design, (paste(design, null, clipOf(design, null, ["conv1"]), { keepInputs: true }) as Paste).command);
    expect(wires(after)).toContain("input.image > conv3.x");
  });

  it("puts the middle of the copy where the pointer is", () => {
    const design = lenet();
    const pasted = paste(design, null, clipOf(design, null, ["conv1", "act1"]), { at: { x: 500, y: 500 } }) as Paste;
    expect(run(design, pasted.command).nodes.slice(-2).map((one) => one.position)).toEqual([{ x: 500, y: 450 }, { x: 500, y: 550 }]);
  });

  it("brings groups along, inner ones too, and renames those that mean something else here", () => {
    const inner = group([node("fc", "linear")], []);
    const from: Design = { ...chain({ id: "a", group: "outer" }), groups: { outer: group([{ id: "in1", group: "inner" }], []), inner } };
    const clip = clipOf(from, null, ["a"]);
    const empty = run(lenet(), (paste(lenet(), null, clip) as Paste).command);
    expect(Object.keys(empty.groups!)).toEqual(["outer", "inner"]);
    const other: Design = { ...lenet(), groups: { inner: group([node("x", "relu")], []) } };
    const after = run(other, (paste(other, null, clip) as Paste).command);
    expect(after.groups!.inner).toBe(other.groups!.inner);
    expect(after.groups!.inner2).toEqual(inner);
    expect(after.groups!.outer!.nodes[0]!.group).toBe("inner2");
  });

  it("refuses to put a group into itself", () => {
    const design: Design = { ...chain({ id: "a", group: "g" }), groups: { g: group([], []) } };
    expect(paste(design, "g", clipOf(design, null, ["a"]))).toContain("cannot contain itself");
  });

  it("knows text that is none of ours", () => {
    expect(readClip("hello")).toBeNull();
    expect(readClip('{"format":"blockyard.clipboard"')).toBeNull();
    expect(readClip('{"format":"other","nodes":[],"edges":[]}')).toBeNull();
  });
});
