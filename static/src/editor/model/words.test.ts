import { describe, expect, it } from "vitest";
import { literal, namesIn, substitute, usesOf } from "./expressions";
import { bytes, count, short } from "./format";
import { score, search } from "./fuzzy";
import { freshName } from "./graph";
import { lenet } from "./testing";

describe("expressions", () => {
  it("name what they use", () => {
    expect([...namesIn("=width * min(i, 3) if facts.label.classes > 2 else 'width2'")]).toEqual(["width", "min", "i", "facts"]);
    expect([...namesIn(["=a", { b: "=c" }, "d"])]).toEqual(["a", "c"]);
  });

  it("take values in place of names", () => {
    const values = new Map<string, never>(Object.entries({ a: 2, b: "=c+1", s: "x", l: [1, 2], m: -1 }) as [string, never][]);
    expect(substitute("=a", values)).toBe(2);
    expect(substitute("=a * b", values)).toBe("=2 * (c+1)");
    expect(substitute("=s + l + m - aa", values)).toBe('="x" + [1, 2] + (-1) - aa');
    expect(literal([true, null, "a"])).toBe('[True, None, "a"]');
  });

  it("are found where a variable is used", () => {
    expect(usesOf(lenet(), "width").map((use) => `${use.node}.${use.param}`)).toEqual(["conv1.out_channels", "conv2.out_channels"]);
  });
});

describe("figures", () => {
  it("are short and keep their unit", () => {
    expect([count(0), count(9_408), count(11_689_512), count(4.09e9)]).toEqual(["0", "9,408", "11.7 M", "4.09 G"]);
    expect([short(192), short(9_408), short(73_728), short(1.2e9)]).toEqual(["192", "9.4 k", "74 k", "1.2 G"]);
    expect([bytes(512), bytes(44.6 * 1024 * 1024)]).toEqual(["512 B", "44.6 MiB"]);
  });
});

describe("search", () => {
  const items = ["conv2d", "depthwise conv", "convolution transposed", "channel shuffle", "layer norm", "batch norm"];
  const find = (query: string) => search(items, query, (item) => [{ text: item, weight: 1 }]);

  it("finds letters in order, whole words first", () => {
    expect(find("conv")[0]).toBe("conv2d");
    expect(find("dwc")).toEqual(["depthwise conv"]);
    expect(find("norm")).toEqual(["layer norm", "batch norm"]);
    expect(find("bnorm")[0]).toBe("batch norm");
    expect(find("norm batch")).toEqual(["batch norm"]);
    expect(find("xyz")).toEqual([]);
    expect(find("")).toEqual(items);
  });

  it("prefers the exact name", () => {
    expect(score("add", "add")).toBeGreaterThan(score("add", "padding added"));
  });
});

describe("names", () => {
  it("are made new by counting on, and never reserved", () => {
    expect(freshName("conv1", ["conv1", "conv2"])).toBe("conv3");
    expect(freshName("relu", [])).toBe("relu");
    expect(freshName("input", [])).toBe("input2");
    expect(freshName("my block!", [])).toBe("my_block");
  });
});
