import { describe, expect, it } from "vitest";
import { type Kept, type Profile, foundIn, measureOf, measuredAt, profileOverlay, rankedByMeasure } from "./profile";
import type { NodeReport, Report } from "./report";

const leaf: NodeReport = { block: "conv2d", params: 0, macs: 0, activation_bytes: 0, repeat: null, live: true };
const report = {
  nodes: {
    stem: leaf,
    stage: { group: "block", repeat: 2 },
    "stage.0": { group: "block" },
    "stage.0.conv": leaf,
    "stage.1": { group: "block" },
    "stage.1.conv": leaf,
    flat: leaf,
  },
} as unknown as Report;
const profile: Profile = {
  batch: 4, p50_ms: 9, p95_ms: 10, samples_per_s: 444, runs: 20, device: "cpu", threads: 1, busy: 0,
  nodes: { stem: { ms: 2, bytes: 100 }, "stage.0.conv": { ms: 3, bytes: 50 }, "stage.1.conv": { ms: 5, bytes: 50 }, flat: { ms: 0.1, bytes: 0 } },
};

describe("a kept profile", () => {
  const whole = { backend: "onnxruntime" as const, batch: 4, p50_ms: 2, p95_ms: 3, samples_per_s: 2000, runs: 5, device: "cpu", threads: 2 };
  const document = { hash: "h", machine: { busy: true }, latency_ms: [whole], node_ms: [{ backend: "onnxruntime", batch: 4, nodes: profile.nodes, other: {} }] };
  const kept = { id: "r", url: "/runs/r", version: 3, document } as unknown as Kept;

  it("gives one measurement of its choice, and says in what it was made", () => {
    const found = foundIn(kept, "onnxruntime 4")!;
    expect(found).toMatchObject({ key: "onnxruntime 4", hash: "h", profile: { p50_ms: 2, busy: 1 } });
    expect(profileOverlay(report, found.profile, "ms", false).nodes.get("stem")!.title).toContain("cpu, 2 threads, onnxruntime");
    expect(foundIn(kept, "eager 4")).toBeNull();
  });

  it("has of a group what the nodes inside took", () => {
    expect(measuredAt(profile, "stage", "bytes")).toEqual({ value: 100, share: 0.5 });
    expect(measuredAt(profile, "flat", "bytes")).toBeNull();
  });
});

describe("measured nodes", () => {
  it("are ranked, with repetitions summed up, and what takes nothing left out", () => {
    expect(rankedByMeasure(report, profile, "ms").map(({ name, value, times }) => [name, value, times])).toEqual([["stage.conv", 8, 2], ["stem", 2, 1], ["flat", 0.1, 1]]);
    expect(rankedByMeasure(report, profile, "bytes").map(({ name, share }) => [name, share])).toEqual([["stem", 0.5], ["stage.conv", 0.5]]);
    expect(rankedByMeasure(null, profile, "ms")).toEqual([]);
  });

  it("colour the graph: a group takes what the nodes inside take", () => {
    const overlay = profileOverlay(report, profile, "ms", false);
    expect(measureOf(overlay)).toBe("ms");
    expect(overlay.nodes.get("stage")).toMatchObject({ heat: 1, text: "79 % of time" });
    expect(overlay.nodes.get("stem")!.heat).toBeCloseTo(0.5);
    expect(overlay.nodes.get("stage.0.conv")!.title).toContain("a batch of 4 on cpu, 1 thread");
    expect(overlay.legend).toContain("a batch of 4");
    expect(profileOverlay(report, profile, "bytes", true).legend).toContain("before the last change");
    expect(measureOf(null)).toBeNull();
  });
});
