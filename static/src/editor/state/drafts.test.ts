import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { lenet } from "../model/testing";
import { dropDrafts, forgetDraft, keepDraft, keptDraft, leftDrafts } from "./drafts";

const owner = { designId: "abc", zooId: null };
const kept = (at: number, base = 3) => ({ design: lenet(), base, at });
let stored: Map<string, string>;

beforeEach(() => {
  stored = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
    key: (at: number) => [...stored.keys()][at] ?? null,
    get length() {
      return stored.size;
    },
  });
  vi.stubGlobal("navigator", { locks: { query: () => Promise.resolve({ held: [{ name: "blockyard.tab.alive" }] }) } });
});

afterEach(() => vi.unstubAllGlobals());

it("keeps and forgets this tab's draft only", () => {
  stored.set("blockyard.draft.abc.other", JSON.stringify(kept(1)));
  keepDraft(owner, kept(2));
  expect(keptDraft(owner)).toEqual(kept(2));
  forgetDraft(owner);
  expect(keptDraft(owner)).toBeNull();
  expect([...stored.keys()]).toEqual(["blockyard.draft.abc.other"]);
});

it("finds what tabs that are gone left for the same design, oldest first", async () => {
  stored.set("blockyard.draft.abc.second", JSON.stringify(kept(2, 4)));
  stored.set("blockyard.draft.abc.first", JSON.stringify(kept(1)));
  stored.set("blockyard.draft.abc.alive", JSON.stringify(kept(3)));
  stored.set("blockyard.draft.new:lenet5.gone", JSON.stringify(kept(3)));
  stored.set("blockyard.draft.abc.broken", '{"design": {"format"');
  keepDraft(owner, kept(5));
  const left = await leftDrafts(owner);
  expect(left.map(({ key, base }) => [key.split(".").at(-1), base])).toEqual([["first", 3], ["second", 4]]);
  expect(stored.has("blockyard.draft.abc.broken")).toBe(false);
  dropDrafts(left);
  expect(await leftDrafts(owner)).toEqual([]);
  expect(stored.size).toBe(3);
});

it("takes all other tabs for gone where the browser cannot tell", async () => {
  vi.stubGlobal("navigator", {});
  stored.set("blockyard.draft.abc.alive", JSON.stringify(kept(3)));
  expect(await leftDrafts(owner)).toHaveLength(1);
});
