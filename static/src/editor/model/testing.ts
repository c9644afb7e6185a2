/** Small designs for tests. */
import type { Entry, Port, Registry } from "./registry";
import type { Sampled } from "./sample";
import { type Design, type DesignNode, type Group, emptyDesign } from "./types";

export const node = (id: string, block: string, params?: DesignNode["params"], more: Partial<DesignNode> = {}): DesignNode => ({
  id,
  block,
  ...(params ? { params } : {}),
  ...more,
});

/** A chain `image → a → b → c → logits`. */
export function chain(...nodes: DesignNode[]): Design {
  const ids = nodes.map((one) => one.id);
  const from = ["input.image", ...ids.map((id) => `${id}.out`)];
  const to = [...ids.map((id) => `${id}.x`), "output.logits"];
  return {
    ...emptyDesign("test"),
    inputs: [{ name: "image", kind: "image", dims: { C: 1, H: 28, W: 28 } }],
    outputs: [{ name: "logits" }],
    nodes,
    edges: from.map((end, at) => ({ from: end, to: to[at]! })),
  };
}

export const lenet = (): Design => ({
  ...chain(
    node("conv1", "conv2d", { out_channels: "=width", kernel_size: 5 }, { position: { x: 0, y: 100 } }),
    node("act1", "relu", undefined, { position: { x: 0, y: 200 } }),
    node("conv2", "conv2d", { out_channels: "=width*2", kernel_size: 5 }, { position: { x: 0, y: 300 } }),
    node("fc", "linear", { out_features: "=facts.label.classes" }, { position: { x: 0, y: 400 } }),
  ),
  variables: { width: { value: 6, domain: { type: "int", min: 4, max: 64 } } },
  facts: { label: { classes: 10 } },
});

export const group = (nodes: DesignNode[], edges: [string, string][], more: Partial<Group> = {}): Group => ({
  params: {},
  inputs: [{ name: "x" }],
  outputs: [{ name: "out" }],
  nodes,
  edges: edges.map(([from, to]) => ({ from, to })),
  ...more,
});

const port = (name: string, dims: string, more: Partial<Port> = {}): Port => ({
  name,
  dims,
  dtype: "float",
  optional: false,
  variadic: false,
  role: "data",
  ...more,
});

const entry = (id: string, family: string, inputs: Port[], outputs: Port[]): Entry => ({
  kind: "block",
  id,
  version: 1,
  family,
  title: id,
  help: "",
  doc: "",
  schema: { properties: {} },
  ports: { inputs, outputs },
  source: null,
  formula: null,
  traits: {},
  tags: [],
});

export const registry: Registry = {
  generators: new Map(),
  blocks: new Map(
    [
      entry("conv2d", "convolution", [port("x", "N C H W")], [port("out", "N D H W")]),
      entry("relu", "activation", [port("x", "N ...", { dtype: "any" })], [port("out", "N ...", { dtype: "any" })]),
      entry("linear", "basic", [port("x", "N ... D")], [port("out", "N ... E")]),
      entry("flatten", "shape", [port("x", "N ...", { dtype: "any" })], [port("out", "N D")]),
      entry("add", "shape", [port("xs", "N ...", { variadic: true })], [port("out", "N ...")]),
      entry("embedding", "basic", [port("x", "N L", { dtype: "int" })], [port("out", "N L D")]),
      entry("self_attention", "attention", [port("x", "N L D")], [port("out", "N L D")]),
    ].map((one) => [one.id, one]),
  ),
  tasks: [],
  transforms: [],
};

export const wires = (design: { edges: { from: string; to: string }[] }): string[] =>
  design.edges.map((edge) => `${edge.from} > ${edge.to}`);

const activation = { shape: [6, 8, 8], dtype: "float32", axes: ["C", "H", "W"], mean: 0.5, std: 1, min: -2, max: 3, zeros: 0.25, nan: 0, inf: 0, channels: 6, dead: 3, picture: "data:a", caption: "6 maps" };
const broken = { ...activation, mean: null, std: null, min: null, max: null, nan: 384, picture: "data:b" };
const tokens = { ...activation, shape: [12], dtype: "int64", axes: ["L"], channels: null, dead: null };

/** What the site says of a text that went through a group, in which NaN begins. */
export const sampled = (patch: Partial<Sampled> = {}): Sampled => ({
  values: [tokens, activation, broken],
  nodes: {
    stage: { inputs: { x: 1 }, outputs: { out: 2 } },
    "stage.0": { inputs: { x: 1 }, outputs: { out: 2 } },
    "stage.0.conv": { inputs: { x: 1 }, outputs: { out: 2 } },
  },
  inputs: { text: 0 },
  outputs: { out: 2 },
  marks: [
    { path: "stage.0.conv", kind: "nan", message: "NaN begins here", origin: true },
    { path: "head", kind: "nan", message: "NaN comes in", origin: false },
  ],
  sample: { index: 3, size: 10, image: null, text: "a good film", row: null, label: "good", value: null, inputs: { text: { image: null, text: "a good film" } } },
  answer: null,
  samples: 32,
  weights: "untrained",
  seed: 0,
  seconds: 0.1,
  notes: [],
  field: null,
  ...patch,
});
