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
  const found = latencyOf(report({}), [measured({ hash: "b", version: 4 }), measured()], NOW)!;
  expect(found).toMatchObject({ ms: 1.5, kind: "measured" });
  for (const part of ["1.50 ms", "cpu, 2 threads", "version 3", "2 h ago", "run first", "not changed since"]) expect(found.how).toContain(part);
});

it("is estimated once the design has changed, and says what was measured before", () => {
  const found = latencyOf(report({ hash: "c" }), [measured()], NOW)!;
  expect(found).toMatchObject({ ms: 4, kind: "estimated" });
  expect(found.how).toContain("changed since version 3");
  expect(latencyOf(report({}), [], NOW)!.how).not.toContain("changed since");
});

it("does not take a batch for a sample", () => {
  expect(latencyOf(report({}), [measured({ batch: 32 })])!.kind).toBe("estimated");
});

it("is unknown before either is there, and for a broken design", () => {
  expect(latencyOf(null, [measured()])).toBeNull();
  expect(latencyOf(report({ hash: null, latency_ms: null }), [measured()])).toBeNull();
});
