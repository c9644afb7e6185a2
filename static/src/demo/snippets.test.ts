import { describe, expect, it } from "vitest";
import { curl, literal, python } from "./snippets";

describe("copyable calls", () => {
  it("quote text so that a shell keeps it", () => {
    expect(curl("http://x/predict", "text", { text: "it's $HOME" })).toContain(`-d '{"text":"it'\\''s $HOME"}'`);
  });
  it("read pictures from a file", () => {
    expect(curl("http://x/predict", "draw", { image: "data:..." })).not.toContain("data:");
    expect(python("http://x/predict", "image", {})).toContain("read_bytes()");
  });
  it("write Python values", () => {
    expect(literal({ a: null, b: true, c: [1, "x"] })).toBe('{"a": None, "b": True, "c": [1, "x"]}');
    expect(python("http://x", "form", { row: { age: 3 } })).toContain('body = {"row": {"age": 3}}');
  });
});
