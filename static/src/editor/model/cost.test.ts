import { describe, expect, it } from "vitest";
import { readLimit, spent } from "./budget";
import { costOf, costOverlay, ranked } from "./cost";
import { explain, uncountedAt } from "./figures";
import type { NodeReport, Report } from "./report";

const leaf = (macs: number, params = macs): NodeReport => ({ block: "conv2d", macs, params, activation_bytes: 8, repeat: null, live: true });

const report = (): Report => ({
  hash: null,
  batch: 1,
  peak_at: null,
  space: null,
  total: { params: 100, trainable_params: 100, active_params: 100, macs: 100, weight_bytes: 400, activation_bytes: 40, peak_activation_bytes: 16 },
  inputs: {},
  outputs: {},
  nodes: {
    stem: leaf(36),
    stage: { group: "block", repeat: 2, macs: 60, params: 60 },
    "stage.0": { group: "block", macs: 30, params: 30 },
    "stage.0.conv": leaf(30),
    "stage.0.act": { ...leaf(0), block: "relu" },
    "stage.1": { group: "block", macs: 30, params: 30 },
    "stage.1.conv": leaf(30),
    "stage.1.act": { ...leaf(0), block: "relu" },
    head: leaf(4),
    spare: { ...leaf(50), live: false },
  },
  uncounted: [{ op: "aten.sort", path: "stage.0.act" }, { op: "aten.sort", path: "stage.1.act" }],
  errors: [],
  notes: [],
});

describe("ranking nodes", () => {
  it("sums repetitions up and puts the costliest first", () => {
    expect(ranked(report(), "macs")).toEqual([
      { name: "stage.conv", path: "stage.0.conv", block: "conv2d", value: 60, share: 0.6, times: 2 },
      { name: "stem", path: "stem", block: "conv2d", value: 36, share: 0.36, times: 1 },
      { name: "head", path: "head", block: "conv2d", value: 4, share: 0.04, times: 1 },
    ]);
    expect(ranked(null, "macs")).toEqual([]);
  });
});

describe("colouring nodes", () => {
  it("is hottest at the costliest of each graph", () => {
    const overlay = costOverlay(report(), "macs");
    expect(costOf(overlay)).toBe("macs");
    expect(overlay.nodes.get("stage")!.heat).toBe(1);
    expect(overlay.nodes.get("stem")!.heat).toBeCloseTo(Math.sqrt(0.6));
    expect(overlay.nodes.get("stage.1.conv")!.heat).toBe(1);
    expect(overlay.nodes.get("stage.0.act")).toMatchObject({ heat: 0 });
    expect(overlay.nodes.get("stage")!.text).toBe("60 % of MACs");
  });

  it("keeps marks that did not change", () => {
    const before = costOverlay(report(), "macs");
    const wider = report();
    wider.nodes.stem = leaf(40);
    const after = costOverlay(wider, "macs", before);
    expect(after.nodes.get("stage")).toBe(before.nodes.get("stage"));
    expect(after.nodes.get("stem")).not.toBe(before.nodes.get("stem"));
  });
});

describe("how figures came to be", () => {
  it("names what was not counted, at the node and inside it", () => {
    expect(uncountedAt(report(), "")).toEqual(["aten.sort"]);
    expect(uncountedAt(report(), "stage.0")).toEqual(["aten.sort"]);
    expect(uncountedAt(report(), "stem")).toEqual([]);
    expect(explain("macs", 1234, ["aten.sort"])).toContain("Not counted: aten.sort.");
    expect(explain("macs", 1234)).toMatch(/^1,234 multiply-adds for one sample\. .*No operation was left out\.$/);
    expect(explain("params", undefined)).toContain("Not known yet");
  });
});

describe("a budget", () => {
  it("says how much is used and by how much it is exceeded", () => {
    expect(spent("params", 11_689_512, { params: 10e6 })).toEqual({ limit: 10e6, share: 1.1689512, over: true, text: "1.69 M (17 %) over 10.0 M" });
    expect(spent("macs", 50, { macs: 200 })).toMatchObject({ over: false, text: "25 % of 200" });
    expect(spent("macs", 200, { macs: 200 })).toMatchObject({ over: false });
    expect(spent("latency_ms", 5.1, { latency_ms: 5 })).toMatchObject({ over: true, text: "0.10 ms (2.0 %) over 5.00 ms" });
    expect(spent("macs", 50, {})).toBeNull();
    expect(spent("latency_ms", null, { latency_ms: 5 })).toBeNull();
  });

  it("is read as people type it", () => {
    expect(readLimit("params", "11.7 M")).toBe(11.7e6);
    expect(readLimit("params", "25,000")).toBe(25_000);
    expect(readLimit("macs", "4e9")).toBe(4e9);
    expect(readLimit("macs", "1.8G")).toBe(1.8e9);
    expect(readLimit("peak_activation_bytes", "2 MiB")).toBe(2 * 2 ** 20);
    expect(readLimit("peak_activation_bytes", "512 kB")).toBe(512 * 2 ** 10);
    expect(readLimit("peak_activation_bytes", "100 B")).toBe(100);
    expect(readLimit("latency_ms", "5")).toBe(5);
    expect(readLimit("latency_ms", "0.5 s")).toBe(500);
    expect(readLimit("params", " ")).toBeNull();
    for (const text of ["much", "-3", "0", "5 apples", "1.2.3"]) expect(readLimit("params", text)).toBeUndefined();
  });
});
