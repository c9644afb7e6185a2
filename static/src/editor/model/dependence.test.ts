import { expect, it } from "vitest";
import { dependencesOf, searchedVariables } from "./dependence";
import { chain, group, lenet, node } from "./testing";
import type { Design } from "./types";

const table = (design: Design, graph: string | null = null) => Object.fromEntries(dependencesOf(design).get(graph) ?? []);

it("finds the variables a node's values come from, through other variables too", () => {
  const design: Design = { ...lenet(), variables: { width: { value: "=base * 2" }, base: { value: 3 }, lost: { value: 1 } } };
  expect(table(design)).toEqual({ conv1: { own: ["width", "base"], inside: [] }, conv2: { own: ["width", "base"], inside: [] } });
});

it("follows what groups are given, and says what matters inside only", () => {
  const design: Design = {
    ...chain({ id: "stage", group: "outer", repeat: "=depth", params: { size: "=width" } }, { id: "plain", group: "outer", params: { size: 4 } }, node("act", "relu")),
    variables: { width: { value: 8 }, depth: { value: 2 }, act: { value: "relu" } },
    groups: {
      outer: group([{ id: "cell", group: "inner", params: { n_out: "=size * 2" } }, node("fc", "linear", { out_features: 3 })], [], { params: { size: { default: 1 } } }),
      inner: group([node("fc", "linear", { out_features: "=n_out" }), { id: "pick", pick: "=act", choice: { relu: { block: "relu" } } }], [], { params: { n_out: { default: 1 } } }),
    },
  };
  expect(table(design)).toEqual({
    stage: { own: ["depth", "width"], inside: ["act"] },
    plain: { own: [], inside: ["width", "act"] },
  });
  expect(table(design, "outer")).toEqual({ cell: { own: ["width"], inside: ["act"] } });
  expect(table(design, "inner")).toEqual({ fc: { own: ["width"], inside: [] }, pick: { own: ["act"], inside: [] } });
});

it("lets a group's parameter hide a variable of its name, but not its default", () => {
  const groups = { cell: group([node("fc", "linear", { out_features: "=width" })], [], { params: { width: { default: "=base" } } }) };
  const design: Design = { ...chain({ id: "a", group: "cell" }), variables: { width: { value: 8 }, base: { value: 2 } }, groups };
  expect(table(design, "cell")).toEqual({ fc: { own: ["base"], inside: [] } });
});

it("bears circles of variables and of groups", () => {
  const groups = { loop: group([{ id: "again", group: "loop" }, node("fc", "linear", { out_features: "=a" })], []) };
  const design: Design = { ...chain({ id: "x", group: "loop" }), variables: { a: { value: "=b" }, b: { value: "=a" } }, groups };
  expect(table(design)).toEqual({ x: { own: [], inside: ["a", "b"] } });
});

it("knows what may vary", () => {
  expect(searchedVariables(lenet())).toEqual(["width"]);
  expect(dependencesOf(chain(node("a", "relu"))).size).toBe(0);
});
