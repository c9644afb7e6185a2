import { describe, expect, it } from "vitest";
import { figuresOf, sampleOverlay } from "./sample";
import { sampled } from "./testing";

type Value = ReturnType<typeof sampled>["values"][number];
const [tokens, value, broken] = sampled().values as [Value, Value, Value];

describe("marks of a sample", () => {
  const overlay = sampleOverlay(sampled(), "Sample 3 of films");

  it("lie on wires inside groups too, by the end they start from", () => {
    expect(overlay.wires.get("stage.0.conv.out")?.picture).toBe("data:b");
    expect(overlay.wires.get("stage.0.input.x")?.picture).toBe("data:a");
    expect(overlay.wires.get("stage.out")).toMatchObject({ text: "NaN", tone: "bad" });
    expect(overlay.wires.get("stage.0.conv.out")?.figures).toContainEqual(["Not finite", "384 NaN"]);
  });

  it("show text as text, not as a picture of its ids", () => {
    expect(overlay.wires.get("input.text")).toMatchObject({ words: "a good film" });
    expect(overlay.wires.get("input.text")).not.toHaveProperty("picture");
  });

  it("show a picture as the input sees it", () => {
    const item = { ...sampled().sample, text: null, inputs: { text: { image: "data:seen", text: null } } };
    expect(sampleOverlay(sampled({ sample: item }), "s").wires.get("input.text")?.picture).toBe("data:seen");
  });

  it("stand on the node with the reason, and lead through every group to where it begins", () => {
    expect(overlay.nodes.get("stage.0.conv")).toEqual({ text: "NaN begins here.", tone: "bad" });
    expect(overlay.nodes.get("stage")).toEqual({ text: "Inside, 0.conv: NaN begins here.", tone: "bad" });
    expect(overlay.nodes.get("head")?.tone).toBe("info");
  });
});

describe("figures of a value", () => {
  it("name their unit and how many samples they hold for", () => {
    expect(figuresOf(value, 32)).toEqual([
      ["Shape", "6×8×8, float32"],
      ["Mean", "0.5"],
      ["Standard deviation", "1"],
      ["Least, greatest", "-2, 3"],
      ["Zeros", "25.0 %"],
      ["Dead for all 32 samples", "3 of 6, 50 %"],
    ]);
    expect(figuresOf(broken, 1)).toContainEqual(["Mean", "no finite number"]);
    expect(figuresOf(tokens, 1).map(([name]) => name)).not.toContain("Dead channels");
  });
});
