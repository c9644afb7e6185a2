import { expect, it } from "vitest";
import { type ProfileDocument, arranged, batchesOf, nodeRows } from "./document";

const document = {
  nodes: { "stage.2": { block: "conv2d", macs: 50, params: 5 }, "stage.10": { block: "relu", macs: 0, params: 0 }, head: { block: "linear", macs: 90, params: 9 } },
  node_ms: [{ backend: "onnxruntime", batch: 1, nodes: { "stage.2": { ms: 3, bytes: 4 }, "stage.10": { ms: 0, bytes: 0, into: "stage.2" }, head: { ms: 0.5, bytes: 8 } }, other: { ReorderOutput: 0.5 } }],
} as unknown as ProfileDocument;
const rows = nodeRows(document, document.node_ms[0]!);
const paths = (text: string, key: Parameters<typeof arranged>[2], turned = false): string[] => arranged(rows, text, key, turned).map((row) => row.path);

it("gives each node its share of all time, that of no node among it", () => {
  expect(rows.map(({ share }) => share)).toEqual([0.75, 0, 0.125]);
  expect(rows[1]).toMatchObject({ block: "relu", into: "stage.2" });
});

it("orders by a figure, the largest first, by path as people count, or as the network runs", () => {
  expect(paths("", "ms")).toEqual(["stage.2", "head", "stage.10"]);
  expect(paths("", "macs", true)).toEqual(["stage.10", "stage.2", "head"]);
  expect(paths("", "path")).toEqual(["head", "stage.2", "stage.10"]);
  expect(paths("", "order")).toEqual(["stage.2", "stage.10", "head"]);
  expect(paths("STAGE conv", "ms")).toEqual(["stage.2"]);
});

it("reads batch sizes", () => {
  expect(batchesOf(" 32,1  8, 8")).toEqual([1, 8, 32]);
  expect(batchesOf("")).toBeNull();
  expect(batchesOf("1, two")).toBeNull();
  expect(batchesOf("0")).toBeNull();
});
