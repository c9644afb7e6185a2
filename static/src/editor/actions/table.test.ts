import { describe, expect, it } from "vitest";
import { ACTIONS, TOPICS } from "./table";

describe("the table of actions", () => {
  it("names each action and each key once", () => {
    expect(new Set(ACTIONS.map((one) => one.id)).size).toBe(ACTIONS.length);
    // Where a node has the focus a key may mean something of its own.
    const keys = ACTIONS.filter((one) => !one.onNode).flatMap((one) => one.keys ?? []);
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
    expect(new Set(ACTIONS.map((one) => one.topic))).toEqual(new Set(TOPICS));
  });
});
