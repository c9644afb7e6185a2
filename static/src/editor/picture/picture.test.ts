import { describe, expect, it } from "vitest";
import { readDesign } from "../model/parse";
import type { Report } from "../model/report";
import { readSvgMetadata } from "../model/svg";
import { lenet, registry } from "../model/testing";
import type { Seen } from "../canvas/scene";
import { type Palette, paint } from "./paint";
import { portAt, sketchOf } from "./sketch";

const palette: Palette = {
  page: "#page",
  surface: "#surface",
  text: "#text",
  muted: "#muted",
  line: "#line",
  lineStrong: "#strong",
  bad: "#bad",
  badSoft: "#soft",
  wires: { image: "#image", sequence: "#sequence", vector: "#vector", tokens: "#tokens", any: "#any" },
  family: (name) => `#${name}`,
};

const figures = (shape: number[], more = {}) => ({ outputs: { out: { shape, dtype: "float32" } }, ...more });
const report = {
  inputs: { image: { shape: [1, 28, 28], dtype: "float32" } },
  outputs: {},
  nodes: { conv1: figures([6, 28, 28], { params: 156, macs: 117600 }), act1: figures([6, 28, 28]), conv2: figures([12, 28, 28]) },
  uncounted: [],
  errors: [],
} as unknown as Report;

const seen = (more: Partial<Seen> = {}): Seen => ({
  design: lenet(),
  registry,
  report,
  issues: new Map(),
  overlay: null,
  place: { graph: null, path: "" },
  ...more,
});

const unmeasured = () => undefined;

describe("a picture of a graph", () => {
  it("has every node, end and wire at its place, seen or not", () => {
    const sketch = sketchOf(seen(), "down", (id) => (id === "conv1" ? { width: 240, height: 87 } : undefined));
    expect(sketch.nodes.map((node) => [node.id, node.x, node.y])).toEqual([
      ["conv1", 0, 100],
      ["act1", 0, 200],
      ["conv2", 0, 300],
      ["fc", 0, 400],
    ]);
    expect(sketch.ends.map((end) => [end.side, end.name, end.shape])).toEqual([
      ["input", "image", "1×28×28"],
      ["output", "logits", "–"],
    ]);
    expect(sketch.wires.map((one) => one.label)).toEqual(["1×28×28", "6×28×28", "6×28×28", "12×28×28", ""]);
    expect(sketch.wires[1]!.kind).toBe("image");
    expect(sketch.wires[1]!.path).toMatch(/^M120,187/);
  });

  it("spreads ports evenly over an edge, as the canvas does", () => {
    const rect = { id: "a", x: 10, y: 20, width: 240, height: 80 };
    expect(portAt(rect, "inputs", 0, 1, "down")).toEqual({ x: 130, y: 20 });
    expect(portAt(rect, "outputs", 1, 2, "down")).toEqual({ x: 10 + 12 + 144, y: 100 });
    expect(portAt(rect, "outputs", 0, 1, "right")).toEqual({ x: 250, y: 60 });
  });

  it("carries its design, and says what it shows", () => {
    const design = lenet();
    const { svg, width, height } = paint(sketchOf(seen(), "down", unmeasured), palette, JSON.stringify(design));
    const back = readDesign(JSON.parse(readSvgMetadata(svg)!));
    expect("design" in back && back.design.nodes).toEqual(design.nodes);
    for (const text of ["<title>test</title>", "conv1", "6×28×28", "156 params", "118 k MACs", "out channels", "#convolution"]) expect(svg).toContain(text);
    expect(width).toBeGreaterThan(240);
    expect(height).toBeGreaterThan(400);
  });

  it("writes what people typed as text, never as markup", () => {
    const design = { ...lenet(), name: '<script>"&' };
    design.nodes = design.nodes.map((node) => ({ ...node, label: "</text><script>x</script>" }));
    const { svg } = paint(sketchOf(seen({ design }), "down", unmeasured), palette, JSON.stringify(design));
    expect(svg).not.toContain("<script");
    expect(svg).toContain("&lt;script&gt;&quot;&amp;");
  });

  it("shows a fault beside its node, in words, inside the picture", () => {
    const issues = new Map([["fc", [{ path: "fc", code: "x", severity: "error", message: "takes a vector, but gets an image of many channels", remedy: "flatten it first" }]]]);
    const told = seen({ issues: issues as unknown as Seen["issues"] });
    const { svg, width } = paint(sketchOf(told, "down", unmeasured), palette, "{}");
    expect(svg).toContain("Takes a vector, but gets an image of");
    expect(svg).toContain("Flatten it first.");
    expect(svg).toContain('stroke="#bad"');
    expect(width).toBeGreaterThan(240 + 252);
  });

  it("of an empty graph is a picture too", () => {
    const design = { ...lenet(), nodes: [], edges: [], inputs: [], outputs: [] };
    expect(paint(sketchOf(seen({ design }), "right", unmeasured), palette, "{}").svg).toContain("</svg>");
  });
});
