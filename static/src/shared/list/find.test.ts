import { describe, expect, it } from "vitest";
import { fromAddress, join, toAddress } from "./find";

const KNOWN = ["q", "tag", "state"];

describe("filters in the address", () => {
  it("are read, and only those that the list knows", () => {
    expect(fromAddress("?q=%20wide%20&state=&dataset=x", KNOWN)).toEqual({ q: "wide" });
  });
  it("are written beside what else is there", () => {
    expect(toAddress("?dataset=x&tag=old", KNOWN, { q: "a b" })).toBe("?dataset=x&q=a+b");
    expect(toAddress("?q=a", KNOWN, {})).toBe("");
  });
});

describe("a fresh first page", () => {
  const key = (row: number): string => String(row);
  it("keeps the rows below it that were loaded before", () => {
    expect(join([6, 5, 4], [5, 4, 3, 2], key)).toEqual([6, 5, 4, 3, 2]);
    expect(join([5, 3], [5, 4, 3, 2], key)).toEqual([5, 3, 2]);
  });
  it("stands alone where it no longer meets them", () => {
    expect(join([9, 8], [3, 2], key)).toEqual([9, 8]);
    expect(join([], [3, 2], key)).toEqual([]);
  });
});
