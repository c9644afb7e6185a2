import { describe, expect, it } from "vitest";
import { assign, faultOf, fieldOf, fieldsOf, fromText, stepOf, toText, type Schema } from "./fields";

const int = { type: "integer", minimum: 1, maximum: 511 };
const root: Schema = {
  required: ["out_channels"],
  properties: {
    in_channels: { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null, "x-follows": { port: "x", dim: "C" } },
    out_channels: { type: "integer", minimum: 1, maximum: 65536, title: "out channels" },
    kernel_size: { anyOf: [int, { type: "array", prefixItems: [int, int], minItems: 2, maxItems: 2 }], default: 3 },
    padding: { anyOf: [{ type: "integer", minimum: 0 }, { type: "string", enum: ["same", "causal"] }], default: "same" },
    bias: { type: "boolean", default: true },
    p: { type: "number", minimum: 0, maximum: 1, default: 0.5 },
    eps: { type: "number", minimum: 0, maximum: 1, default: 1e-8 },
    lr: { type: "number", exclusiveMinimum: 0, maximum: 10, default: 0.001 },
    mode: { enum: ["nearest", "bilinear"], type: "string", default: "nearest" },
    shape: { type: "array", items: { type: "integer", minimum: -1 }, default: [-1] },
    clip: { anyOf: [{ type: "number", minimum: 0 }, { type: "null" }], default: null },
    steps: { anyOf: [{ type: "integer" }, { type: "null" }], default: 100 },
  },
};
const field = (name: string) => fieldOf(name, root.properties![name]!, root);

describe("fields of a schema", () => {
  it("chooses the widget by kind and bounds", () => {
    const widgets = Object.fromEntries(fieldsOf(root).map((item) => [item.name, item.widget]));
    expect(widgets).toEqual({
      in_channels: "number", out_channels: "number", kernel_size: "text", padding: "text", bias: "bool", p: "range", eps: "number",
      lr: "number", mode: "enum", shape: "text", clip: "number", steps: "number",
    });
  });
  it("knows what is required, nullable, followed", () => {
    expect(field("out_channels").required).toBe(true);
    expect(field("in_channels")).toMatchObject({ required: false, nullable: true, follows: { port: "x", dim: "C" } });
  });
  it("follows references into $defs", () => {
    const schema: Schema = { properties: { a: { $ref: "#/$defs/A" } }, $defs: { A: { type: "integer", minimum: 2, title: "A" } } };
    expect(fieldsOf(schema)[0]!.kinds).toEqual([{ type: "int", min: 2 }]);
    expect(field("lr").title).toBe("learning rate");
  });
});

describe("what a person types", () => {
  const value = (name: string, text: string, expressions = false) => {
    const parsed = fromText(field(name), text, expressions);
    return parsed.ok ? parsed.value : parsed.message;
  };
  it("takes numbers within their bounds only", () => {
    expect(value("out_channels", "64")).toBe(64);
    expect(value("out_channels", "1_024")).toBe(1024);
    expect(value("lr", "3e-4")).toBe(0.0003);
    expect(value("out_channels", "0")).toBe("must be at least 1");
    expect(value("out_channels", "6.5")).toBe("must be a whole number");
    expect(value("lr", "0")).toBe("must be more than 0");
    expect(value("out_channels", "12 apples")).toBe("is not a number");
    expect(value("out_channels", "")).toBe("needs a value");
  });
  it("takes one number, a pair in any spelling, or a word, where the union has them", () => {
    expect(value("kernel_size", "5")).toBe(5);
    for (const pair of ["3, 5", "3x5", "[3, 5]", "3 × 5", "(3 5)"]) expect(value("kernel_size", pair)).toEqual([3, 5]);
    expect(value("padding", "Same")).toBe("same");
    expect(value("kernel_size", "0")).toBe("must be at least 1");
    expect(value("kernel_size", "1, 2, 3")).toContain("2 numbers");
    expect(value("padding", "full")).toContain("same or causal");
    expect(value("shape", "-1, 4")).toEqual([-1, 4]);
  });
  it("reads an empty field as the default, or as null where that differs", () => {
    expect(value("kernel_size", "")).toBeUndefined();
    expect(value("clip", "")).toBeUndefined();
    expect(value("steps", "")).toBeNull();
    expect(value("in_channels", "")).toBeUndefined();
  });
  it("takes expressions only where they are allowed", () => {
    expect(value("out_channels", "=width * 2", true)).toBe("=width * 2");
    expect(value("out_channels", "=width * 2")).toContain("not possible");
    expect(value("out_channels", "=", true)).toContain("after the =");
  });
  it("gives back what it shows", () => {
    for (const [name, item] of [["kernel_size", [3, 5]], ["lr", 0.00001], ["padding", "causal"], ["shape", [-1, 2]]] as const) {
      expect(value(name, toText(item as never))).toEqual(item);
    }
  });
});

describe("values in documents", () => {
  it("names faults, lets expressions pass", () => {
    expect(faultOf(field("out_channels"), undefined)).toBe("needs a value");
    expect(faultOf(field("out_channels"), "=width")).toBe("");
    expect(faultOf(field("out_channels"), 0)).toContain("at least");
    expect(faultOf(field("bias"), undefined)).toBe("");
  });
  it("sets and removes without touching the rest", () => {
    const before = { a: 1, b: 2 };
    expect(assign(before, "b", undefined)).toEqual({ a: 1 });
    expect(assign(before, "c", 3)).toEqual({ a: 1, b: 2, c: 3 });
    expect(before).toEqual({ a: 1, b: 2 });
  });
  it("walks a small learning rate in small steps", () => {
    expect(stepOf({ type: "float" }, 0.001)).toBeCloseTo(0.0001, 9);
    expect(stepOf({ type: "int" }, 64)).toBe(1);
  });
});
