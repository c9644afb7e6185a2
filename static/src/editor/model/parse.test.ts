import { describe, expect, it } from "vitest";
import { parseDesign, readDesign, sameDocument, writeDesign } from "./parse";
import { lenet } from "./testing";

const fault = (text: string): string => {
  const parsed = parseDesign(text);
  return "error" in parsed ? parsed.error : "";
};

describe("reading a design", () => {
  it("gives back what was written", () => {
    const parsed = parseDesign(writeDesign(lenet()));
    expect(parsed).toEqual({ design: lenet(), warnings: [] });
  });

  it("fills in what is left out", () => {
    const parsed = readDesign({ format: "blockyard.design", version: 1, groups: { g: {} } });
    expect("design" in parsed && parsed.design).toMatchObject({ name: "untitled", nodes: [], edges: [], groups: { g: { nodes: [], inputs: [] } } });
  });

  it("keeps fields it does not know", () => {
    const parsed = readDesign({ ...lenet(), modifiers: [{ pattern: "*" }] });
    expect("design" in parsed && (parsed.design as unknown as Record<string, unknown>).modifiers).toEqual([{ pattern: "*" }]);
  });

  it.each([
    ["{", "not JSON"],
    ["[]", "not a design"],
    ['{"format": "onnx"}', '"onnx"'],
    ['{"format": "blockyard.design", "version": 99}', "version 99"],
    ['{"format": "blockyard.design", "version": 1, "nodes": {}}', '"nodes"'],
    ['{"format": "blockyard.design", "version": 1, "nodes": [{"id": "a"}]}', "names no block"],
    ['{"format": "blockyard.design", "version": 1, "nodes": [{"id": "a", "block": "relu"}, {"id": "a", "block": "relu"}]}', "Two nodes"],
    ['{"format": "blockyard.design", "version": 1, "nodes": [{"id": "input", "block": "relu"}]}', "reserved"],
    ['{"format": "blockyard.design", "version": 1, "groups": {"g": 3}}', "Group g"],
  ])("refuses %s in words", (text, words) => {
    expect(fault(text)).toContain(words);
  });

  it("opens a design with a wire that hangs, and says so", () => {
    const parsed = readDesign({ ...lenet(), edges: [{ from: "ghost.out", to: "fc.x" }] });
    expect("warnings" in parsed && parsed.warnings).toEqual(['A wire of the design hangs at "ghost.out", which is not there.']);
  });
});

describe("two documents", () => {
  it("are the same when they say the same", () => {
    const { name, ...rest } = lenet();
    expect(sameDocument(lenet(), { ...rest, name, ties: [], description: null })).toBe(true);
    expect(sameDocument(lenet(), { ...lenet(), name: "other" })).toBe(false);
    const off = { ...lenet(), nodes: lenet().nodes.map((one) => ({ ...one, params: { ...one.params, bias: false } })) };
    expect(sameDocument(lenet(), off)).toBe(false);
    expect(sameDocument(lenet(), { ...lenet(), edges: lenet().edges.slice(1) })).toBe(false);
  });
});
