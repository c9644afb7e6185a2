import { describe, expect, it } from "vitest";
import { families, search, sorted, type ZooItem } from "./gallery";

const item = (id: string, family: string, params: number | null, more: Partial<ZooItem> = {}): ZooItem => ({
  id, title: id, family, help: "", task: null, source: null, papers: [], tags: [], variables: [], params, macs: null, hash: null, picture: "", ...more,
});
const zoo = [
  item("resnet18", "cnn", 11_689_512, { source: { title: "Deep Residual Learning", authors: "Kaiming He", year: 2015 } }),
  item("vit_tiny", "vit", 5_717_416, { tags: ["attention"] }),
  item("lenet5", "cnn", 61_706),
  item("new", "mlp", null),
];
const ids = (items: ZooItem[]): string[] => items.map(({ id }) => id);

describe("gallery", () => {
  it("finds by every word, in names, papers and tags", () => {
    expect(ids(search(zoo, "residual he", null))).toEqual(["resnet18"]);
    expect(ids(search(zoo, "ATTENTION", null))).toEqual(["vit_tiny"]);
    expect(ids(search(zoo, "residual attention", null))).toEqual([]);
    expect(ids(search(zoo, "", "cnn"))).toEqual(["resnet18", "lenet5"]);
  });
  it("keeps to a task where one is asked for", () => {
    expect(ids(search([item("a", "x", 1, { task: "byte_lm" }), item("b", "x", 1, { task: "image_classification" })], "", null, "byte_lm"))).toEqual(["a"]);
  });
  it("lists families, the largest first", () => expect(families(zoo)).toEqual(["cnn", "mlp", "vit"]));
  it("puts unknown figures last", () => {
    expect(ids(sorted(zoo, "params"))).toEqual(["lenet5", "vit_tiny", "resnet18", "new"]);
    expect(ids(sorted(zoo, "year"))[0]).toBe("resnet18");
  });
});
