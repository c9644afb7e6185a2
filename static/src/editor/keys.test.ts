import { describe, expect, it } from "vitest";
import { BINDINGS, comboOf, showKeys } from "./keys";

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  comboOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

describe("keys", () => {
  it("are written as the list has them", () => {
    expect(press("z", { ctrlKey: true })).toBe("mod+z");
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("mod+shift+z");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("ArrowUp", { shiftKey: true })).toBe("shift+arrowup");
    expect(press("Delete", { altKey: true })).toBe("alt+delete");
  });

  it("mean one thing each", () => {
    const all = BINDINGS.flatMap((binding) => binding.keys);
    expect(new Set(all).size).toBe(all.length);
  });

  it("are shown as they are on the keyboard", () => {
    expect(showKeys("mod+shift+z")).toEqual(["Ctrl", "Shift", "Z"]);
  });
});
