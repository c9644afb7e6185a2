import { expect, it } from "vitest";
import { type Measured, latencyOf } from "./latency";
import type { Report } from "./report";

const NOW = Date.parse("2025-05-01T12:00:00Z");

const report = (more: Partial<Report>): Report =>
  ({ hash: "a", latency_ms: 4, nodes: {}, errors: [], ...more }) as unknown as Report;

const measured = (more: Partial<Measured> = {}): Measured => ({
  p50_ms: 1.5,
  p95_ms: 2,
  batch: 1,
  backend: "eager",
  device: "cpu",
  threads: 2,
  measured: "2025-05-01T10:00:00Z",
  version: 3,
  hash: "a",
  run: { id: "r", name: "first", url: "/runs/r" },
  ...more,
});

it("is what was measured of this very design, with where and when", () => {
  const found = latencyOf(report({}), [measured({ hash: "b", version: 4 }), measured()], null, NOW)!;
  expect(found).toMatchObject({ ms: 1.5, kind: "measured" });
  for (const part of ["1.50 ms", "cpu, 2 threads", "version 3", "2 h ago", "run first", "not changed since"]) expect(found.how).toContain(part);
});

it("is estimated once the design has changed, and says what was measured before", () => {
  const found = latencyOf(report({ hash: "c" }), [measured()], null, NOW)!;
  expect(found).toMatchObject({ ms: 4, kind: "estimated" });
  expect(found.how).toContain("changed since version 3");
  expect(latencyOf(report({}), [], null, NOW)!.how).not.toContain("changed since");
});

it("does not take a batch for a sample", () => {
  expect(latencyOf(report({}), [measured({ batch: 32 })], null)!.kind).toBe("estimated");
});

it("is unknown before either is there, and for a broken design", () => {
  expect(latencyOf(null, [measured()], null)).toBeNull();
  expect(latencyOf(report({ hash: null, latency_ms: null }), [measured()], null)).toBeNull();
});

const profile = { batch: 1, p50_ms: 3.5, p95_ms: 4, samples_per_s: 285, runs: 9, nodes: {}, device: "cpu", threads: 2, busy: 0 };

it("is what the editor has measured of one sample, while the design is what was measured", () => {
  const found = { profile, hash: report({}).hash };
  expect(latencyOf(report({}), [measured()], found)).toMatchObject({ ms: 3.5, kind: "measured" });
  expect(latencyOf(report({}), [measured()], found)!.how).toContain("cpu, 2 threads");
  expect(latencyOf(report({ hash: "other" }), [], found)!.kind).toBe("estimated");
  expect(latencyOf(report({}), [], { ...found, profile: { ...profile, batch: 8 } })!.kind).toBe("estimated");
});
