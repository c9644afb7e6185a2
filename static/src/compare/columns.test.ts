import { describe, expect, it } from "vitest";
import type { ComparedRun } from "../shared/types";
import { columnsFor, csv, matching, sorted } from "./columns";

const run = (id: string, more: object = {}): ComparedRun =>
  ({
    id, name: id, state: "done", design: { id: "d", name: "LeNet-5", version: 1, url: "/designs/d" }, dataset: { id: "digits", name: "digits", url: "" }, progress: { epoch: 5 }, seconds: 61, device: "cpu", threads: 2,
    created: "2026-01-01T00:00:00Z", measure: { name: "accuracy", value: 0.9, better: "max", final: true }, costs: { params: 1000, macs: 2000, weight_bytes: 4000, memory_bytes: 5000 },
    latency: { batch: 1, p50_ms: 0.25, p95_ms: 0.5, backend: "eager" }, recipe: { epochs: 5 }, series: [], ...more,
  }) as unknown as ComparedRun;

describe("the table", () => {
  const runs = [run("a"), run("b", { recipe: { epochs: 10 }, costs: null }), run("c", { latency: { batch: 1, p50_ms: 12, p95_ms: 13, backend: "eager" } })];
  const columns = columnsFor(runs);
  const column = (key: string) => columns.find((item) => item.key === key)!;
  it("has settings of the recipe where they differ", () => {
    expect(column("recipe.epochs").text(runs[1]!)).toBe("10");
    expect(columnsFor(runs.slice(0, 1)).some(({ key }) => key.startsWith("recipe."))).toBe(false);
    expect(column("data").hidden).toBe(true);
  });
  it("sorts numbers as numbers and puts what is missing last", () => {
    expect(sorted(runs, column("latency"), true).map(({ id }) => id)).toEqual(["c", "a", "b"]);
    expect(sorted(runs, column("params"), false).map(({ id }) => id)).toEqual(["a", "c", "b"]);
    expect(sorted(runs, column("params"), true).map(({ id }) => id)).toEqual(["a", "c", "b"]);
    expect(sorted(runs, column("recipe.epochs"), false).at(-1)!.id).toBe("b");
  });
  it("is filtered by words anywhere in a row", () => {
    expect(matching(runs, columns, "lenet 10").map(({ id }) => id)).toEqual(["b"]);
    expect(matching(runs, columns, "  ")).toHaveLength(3);
  });
});

describe("the CSV", () => {
  it("has the exact figures, and units in its header", () => {
    const columns = columnsFor([run("a")]).filter(({ key }) => ["measure.accuracy", "latency", "memory"].includes(key));
    expect(csv([run("a", { name: 'my "best", so far' })], columns)).toBe('Run,Accuracy,Latency (ms),Memory (bytes)\r\n"my ""best"", so far",0.9,0.25,5000\r\n');
  });
  it("has no formulas", () => {
    for (const name of ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1"]) expect(csv([run("a", { name })], [])).toContain(`'${name}`);
    const negative = [{ key: "x", label: "x", unit: "", value: () => "-3.5", text: () => "" }];
    expect(csv([run("a")], negative)).toContain("a,-3.5");
  });
});
