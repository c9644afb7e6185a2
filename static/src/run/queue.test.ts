import { describe, expect, it } from "vitest";
import { goal, neighbours } from "./queue";

const row = (id: string, place: number | null, priority = 0) => ({ id, place, priority });
const items = [row("running", null), row("urgent", 1, 5), row("a", 2), row("b", 4), row("c", 5)];

describe("a run among one's own that wait", () => {
  const [a, b, c] = items.slice(2) as [(typeof items)[0], (typeof items)[0], (typeof items)[0]];
  it("goes before the one it is to stand before", () => {
    expect([goal(c, items, "first"), goal(c, items, "sooner"), goal(b, items, "sooner")]).toEqual(["a", "b", "a"]);
    expect([goal(a, items, "later"), goal(b, items, "later")]).toEqual(["c", null]);
  });
  it("has neighbours of its priority alone", () => {
    expect(neighbours(a, items)).toMatchObject({ before: null, after: { id: "b" } });
    expect(neighbours(items[1]!, items)).toEqual({ before: null, after: null });
    expect(neighbours(items[0]!, items)).toEqual({ before: null, after: null });
  });
});
