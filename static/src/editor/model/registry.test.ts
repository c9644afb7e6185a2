import { describe, expect, it } from "vitest";
import { readRegistry } from "./registry";
import { registry } from "./testing";

const relu = registry.blocks.get("relu")!;

describe("the registry as the site tells it", () => {
  it("is kept by kind; what the editor has no use for is left out", () => {
    const read = readRegistry({ block: [relu], transform: [{ ...relu, kind: "transform", id: "halve" }], optimizer: [{ ...relu, kind: "optimizer", id: "sgd" }] });
    expect([...read.blocks.keys()]).toEqual(["relu"]);
    expect(read.transforms.map((one) => one.id)).toEqual(["halve"]);
    expect([...read.generators.keys(), ...read.tasks]).toEqual([]);
  });
});
