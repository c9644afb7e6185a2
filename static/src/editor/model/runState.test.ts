import { describe, expect, it } from "vitest";
import { runOverlay } from "./runState";

const nodes = {
  "stage.0.conv": { gradient: 3, weight: 30, update: 0.01 },
  "stage.0.act": { dead: 0.75 },
  "stage.1.conv": { gradient: 4, weight: 40, update: 0.01 },
  head: { gradient: null, weight: 0.3, update: 0.1, nonfinite: ["gradient"] },
};

describe("marks of a run", () => {
  const overlay = runOverlay({ step: 1200, nodes }, "first", "gradient")!;

  it("say every figure of a node", () => {
    expect(overlay.title).toBe("first, step 1,200");
    expect(overlay.nodes.get("stage.0.conv")?.text).toBe("gradient 3 · weight 30 · update 0.01");
    expect(overlay.nodes.get("stage.0.act")).toMatchObject({ text: "75 % dead", tone: "warn" });
    expect(overlay.nodes.get("head")).toMatchObject({ tone: "bad" });
    expect(overlay.nodes.get("head")?.text).toContain("gradient not a number");
  });

  it("sum up groups: norms by Pythagoras, dead units by the worst", () => {
    expect(overlay.nodes.get("stage")?.text).toBe("gradient 5 · weight 50 · update 0.01 · 75 % dead");
    expect(overlay.nodes.get("stage.0")?.text).toBe("gradient 3 · weight 30 · update 0.01 · 75 % dead");
  });

  it("are coloured by one figure, by magnitude", () => {
    expect(overlay.nodes.get("stage.0.conv")?.heat).toBe(0);
    expect(overlay.nodes.get("stage")?.heat).toBe(1);
    expect(overlay.nodes.get("head")).not.toHaveProperty("heat");
    expect(runOverlay({ step: 1, nodes }, "first", "dead")!.nodes.get("stage.0.act")?.heat).toBe(0.75);
    expect(runOverlay({ step: 1, nodes: { head: { gradient: 2 } } }, "first", "gradient")!.nodes.get("head")?.heat).toBe(0);
  });

  it("are none before the first look", () => {
    expect(runOverlay({ step: null, nodes: {} }, "first", "gradient")).toBeNull();
  });
});
