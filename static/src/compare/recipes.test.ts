import { describe, expect, it } from "vitest";
import type { Recipe } from "../shared/types";
import { flatten, settingLabel, varying } from "./recipes";

const base: Recipe = { format: "blockyard.recipe", version: 1, epochs: 5, clip: null, compile: false, optimizer: { id: "adamw", lr: 0.001 }, augmentations: [] };

describe("recipes side by side", () => {
  it("are flat lists of settings", () => {
    const recipe: Recipe = { ...base, augmentations: [{ id: "flip", p: 0.5 }, { id: "crop", padding: 4 }], changes: [{ step: 3, lr: 1 }] };
    expect(flatten(recipe)).toEqual({
      epochs: "5", clip: "none", compile: "no", optimizer: "adamw", "optimizer.lr": "0.001",
      augmentations: "flip, crop", "augmentations.flip.p": "0.5", "augmentations.crop.padding": "4", changes: '[{"step":3,"lr":1}]',
    });
  });
  it("differ only where they differ", () => {
    const flats = [base, { ...base, epochs: 9, optimizer: { id: "sgd", lr: 0.001, momentum: 0.9 } }].map(flatten);
    expect(varying(flats)).toEqual(["epochs", "optimizer", "optimizer.momentum"]);
    expect(varying([flatten(base)])).toEqual([]);
    expect(varying([])).toEqual([]);
  });
  it("have settings with names to read", () => {
    expect(settingLabel("optimizer.weight_decay")).toBe("Optimizer: weight decay");
    expect(settingLabel("batch_size")).toBe("Batch size");
  });
});
