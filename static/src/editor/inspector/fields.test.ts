import { describe, expect, it } from "vitest";
import { parseTyped, shapeOf, textOf } from "./fields";

const size = shapeOf({ anyOf: [{ type: "integer", minimum: 1 }, { type: "array", prefixItems: [{ type: "integer" }, { type: "integer" }] }, { const: "same", type: "string" }] });
const whole = shapeOf({ type: "integer", minimum: 1, maximum: 8 });

describe("a field", () => {
  it("takes its form from the schema", () => {
    expect(whole).toMatchObject({ kind: "number", integer: true, low: 1, high: 8 });
    expect(shapeOf({ anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }] })).toMatchObject({ kind: "number", nullable: true });
    expect(shapeOf({ enum: ["a", "b"], type: "string" })).toMatchObject({ kind: "choice", options: ["a", "b"] });
    expect(shapeOf({ type: "boolean" }).kind).toBe("switch");
    expect(size).toMatchObject({ kind: "list", options: ["same"] });
    expect(shapeOf({ $ref: "#/$defs/Mode" }, { $defs: { Mode: { enum: ["x"], type: "string" } } }).kind).toBe("choice");
    expect(shapeOf({}).kind).toBe("json");
  });

  it("reads numbers, expressions and emptiness", () => {
    expect(parseTyped("4", whole)).toEqual({ value: 4 });
    expect(parseTyped(" =width*2 ", whole)).toEqual({ value: "=width*2" });
    expect(parseTyped("", whole)).toEqual({ unset: true });
    expect(parseTyped("=", whole)).toHaveProperty("fault");
    expect(parseTyped("9", whole)).toEqual({ fault: "At most 8." });
    expect(parseTyped("2.5", whole)).toHaveProperty("fault");
    expect(parseTyped("wide", whole)).toHaveProperty("fault");
  });

  it("reads one number, several, or a word where that is allowed", () => {
    expect(parseTyped("3", size)).toEqual({ value: 3 });
    expect(parseTyped("3, 5", size)).toEqual({ value: [3, 5] });
    expect(parseTyped("[3,5]", size)).toEqual({ value: [3, 5] });
    expect(parseTyped("same", size)).toEqual({ value: "same" });
    expect(parseTyped("other", size)).toHaveProperty("fault");
  });

  it("writes a value as it would be typed", () => {
    expect([textOf([3, 5], "list"), textOf("=a", "number"), textOf(null, "number"), textOf({ a: 1 }, "json")]).toEqual(["3, 5", "=a", "", '{"a":1}']);
  });
});
