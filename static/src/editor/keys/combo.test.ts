import { describe, expect, it } from "vitest";
import { comboOf, isWhole, showKeys, writeKeys } from "./combo";

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  comboOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

describe("key combinations", () => {
  it("are written as the list has them", () => {
    expect(press("z", { ctrlKey: true })).toBe("mod+z");
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("mod+shift+z");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("ArrowUp", { shiftKey: true })).toBe("shift+arrowup");
    expect(press("Delete", { altKey: true })).toBe("alt+delete");
    expect(press(" ")).toBe("space");
    expect(press("≈", { altKey: true, code: "KeyX" })).toBe("alt+x");
  });

  it("are shown as they are on the keyboard", () => {
    expect(showKeys("mod+shift+z")).toEqual(["Ctrl", "Shift", "Z"]);
    expect(showKeys("+")).toEqual(["+"]);
    expect(showKeys("mod++")).toEqual(["Ctrl", "+"]);
    expect(writeKeys("alt+delete")).toBe("Alt+Del");
  });

  it("need more than a modifier", () => {
    expect(isWhole({ key: "Shift" })).toBe(false);
    expect(isWhole({ key: "k" })).toBe(true);
  });
});
