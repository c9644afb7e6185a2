import { describe, expect, it } from "vitest";
import type { RecipeForm } from "../types";
import { choosePart, presetOf, setListed, setPart, summary, toggle } from "./recipe";

const lr = (value: number) => ({ type: "number", default: value });
const form: RecipeForm = {
  schema: { properties: { epochs: { type: "integer", default: 5 }, batch_size: { type: "integer", default: 64 } } },
  parts: {
    optimizer: {
      kind: "optimizer",
      many: false,
      entries: [
        { id: "adamw", title: "AdamW", help: "", schema: { properties: { lr: lr(0.001), weight_decay: lr(0.05) } } },
        { id: "sgd", title: "SGD", help: "", schema: { properties: { lr: lr(0.1), momentum: lr(0.9), weight_decay: lr(0) } } },
      ],
    },
    augmentations: { kind: "augmentation", many: true, entries: [{ id: "crop", title: "", help: "", schema: { properties: { padding: { type: "integer", default: 4 } } } }] },
  },
  methods: [],
  presets: {
    quick: { title: "Quick", help: "", recipe: { optimizer: { id: "adamw" }, epochs: 2, augmentations: [] } },
    standard: { title: "Standard", help: "", recipe: { optimizer: { id: "adamw", lr: 0.001 }, epochs: 5, batch_size: 64, augmentations: [{ id: "crop" }] } },
  },
};

describe("recipes", () => {
  it("keep shared settings of a part, but not the learning rate", () => {
    const next = choosePart({ optimizer: { id: "adamw", lr: 0.003, weight_decay: 0.1 } }, "optimizer", form.parts.optimizer!.entries[1]!);
    expect(next.optimizer).toEqual({ id: "sgd", weight_decay: 0.1 });
  });
  it("equal a preset by meaning, whatever is written out", () => {
    expect(presetOf({ epochs: 2, optimizer: { lr: 0.001, id: "adamw", weight_decay: 0.05 } }, form)).toBe("quick");
    expect(presetOf({ optimizer: { id: "adamw" }, augmentations: [{ id: "crop", padding: 4 }] }, form)).toBe("standard");
    expect(presetOf({ epochs: 3, optimizer: { id: "adamw" } }, form)).toBeNull();
  });
  it("list augmentations in one order however they were clicked", () => {
    const order = ["crop", "flip"];
    const once = toggle(toggle({}, "augmentations", "flip", true, order), "augmentations", "crop", true, order);
    expect(once.augmentations).toEqual([{ id: "crop" }, { id: "flip" }]);
    expect(setListed(once, "augmentations", "crop", { padding: 2 }).augmentations).toEqual([{ id: "crop", padding: 2 }, { id: "flip" }]);
    expect(toggle(once, "augmentations", "crop", false, order).augmentations).toEqual([{ id: "flip" }]);
  });
  it("read as one line", () => {
    expect(summary(setPart({ optimizer: { id: "sgd" }, epochs: 1, batch_size: 32 }, "optimizer", { lr: 0.1 }))).toBe("sgd, lr 0.1, 1 epoch, batch 32");
    expect(summary({ optimizer: { id: "adamw" }, epochs: 20, seconds: 50, batch_size: 8 })).toBe("adamw, 20 epochs or 50 s, batch 8");
  });
});
