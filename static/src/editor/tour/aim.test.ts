import { describe, expect, it } from "vitest";
import type { Registry, Schema } from "../model/registry";
import { lenet, registry as plain } from "../model/testing";
import { emptyDesign } from "../model/types";
import { aimAt } from "./aim";

const SCHEMAS: Record<string, Schema> = {
  conv2d: {
    properties: {
      in_channels: { anyOf: [{ type: "integer" }, { type: "null" }], title: "in channels", "x-follows": { port: "x", dim: "C" } },
      out_channels: { type: "integer", title: "out channels" },
    },
    required: ["out_channels"],
  },
};
const registry: Registry = {
  ...plain,
  blocks: new Map([...plain.blocks].map(([id, entry]) => [id, { ...entry, schema: SCHEMAS[id] ?? entry.schema }])),
};

describe("where the tour points", () => {
  it("is the first layer with a width and the next whose input follows", () => {
    expect(aimAt(lenet(), registry)).toEqual({
      widen: { node: "conv1", param: "out_channels", label: "out channels" },
      misfit: { node: "conv2", param: "in_channels", label: "in channels" },
    });
  });

  it("is nowhere without two such layers", () => {
    expect(aimAt(emptyDesign(), registry)).toBeNull();
    expect(aimAt({ ...lenet(), nodes: lenet().nodes.slice(0, 2) }, registry)).toBeNull();
    expect(aimAt(lenet(), null)).toBeNull();
  });

  it("passes over a layer that nothing feeds", () => {
    const design = lenet();
    expect(aimAt({ ...design, edges: design.edges.filter((edge) => !edge.to.startsWith("conv1.")) }, registry)).toBeNull();
  });
});
