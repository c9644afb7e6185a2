import { describe, expect, it } from "vitest";
import { aboutForeign, kindOf } from "./sniff";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("what a file is", () => {
  it("is told by its first bytes more than by its name", () => {
    expect(kindOf("a.txt", text('  {"format": "blockyard.design"}'))).toBe("json");
    expect(kindOf("a.json", text("\ufeff[]"))).toBe("json");
    expect(kindOf("a.json", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]))).toBe("png");
    expect(kindOf("a", text('<svg xmlns="x"/>'))).toBe("svg");
    expect(kindOf("a", text('<?xml version="1.0"?>\n<!-- made by hand -->\n<svg/>'))).toBe("svg");
    expect(kindOf("net", new Uint8Array([0x08, 0x08, 0x12]))).toBe("onnx");
    expect(kindOf("net.onnx", text("not really"))).toBe("onnx");
    expect(kindOf("empty.json", new Uint8Array())).toBe("json");
  });

  it("is foreign where it is none of ours, with a way on", () => {
    expect(kindOf("net.pt", text("PK\u0003\u0004\0\0"))).toBe("foreign");
    expect(kindOf("net.safetensors", text('{"a":1}'))).toBe("foreign");
    expect(kindOf("x", new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toBe("foreign");
    expect(aboutForeign("net.pt")).toContain("torch.onnx.export");
    expect(aboutForeign("x.dat")).toContain("no ONNX model");
  });
});
