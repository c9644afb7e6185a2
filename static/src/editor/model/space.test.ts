import { expect, it } from "vitest";
import { type Dimension, spaceSize, spaceStory } from "./space";

const dimension = (name: string, count: number | null, more: Partial<Dimension> = {}): Dimension => ({ name, count, at: null, used: true, conditional: false, ...more });

it("writes sizes exactly while they can be read, then short", () => {
  const size = (text: string, exact = true) => spaceSize({ size: text, exact });
  expect(size("1")).toBe("1");
  expect(size("12288")).toBe("12,288");
  expect(size("8291467800")).toBe("8.29e9");
  expect(size("1200000000")).toBe("1.2e9");
  expect(size("2.656e+95")).toBe("2.66e95");
  expect(size("1.234e+4567")).toBe("1.23e4567");
  expect(size("8", false)).toBe("≤ 8");
});

it("tells what is counted and what is not", () => {
  const story = spaceStory({ size: "48", exact: true, dimensions: [dimension("width", 16), dimension("mix", 3, { conditional: true }), dimension("rate", null), dimension("lost", 4, { used: false })] });
  expect(story).toBe("48 different settings of width (16), mix (3). What does not matter under a setting is not counted there. Continuous, and not counted: rate. Used nowhere yet: lost.");
});
