/** The latency to show: measured by a run where what it measured is what is drawn now, else the server's estimate. */
import type { Schemas } from "@shared/types";
import { FIGURES, ms } from "./figures";
import { ago } from "./format";
import { type Profiling, machineOf } from "./profile";
import type { Report } from "./report";

export type Measured = Schemas["LatencyOut"];

export interface Latency {
  ms: number;
  kind: "measured" | "estimated";
  /** How it came to be, and what is known besides. */
  how: string;
}

const device = (one: Measured): string =>
  `${one.device}${one.threads ? `, ${one.threads} thread${one.threads === 1 ? "" : "s"}` : ""}`;

const told = (one: Measured, now?: number): string =>
  `${ms(one.p50_ms)} (95 % below ${ms(one.p95_ms)}) for a batch of ${one.batch} on ${device(one)}, ${one.backend}, at version ${one.version}, ${ago(one.measured, now)}`;

/** Null while neither is known. A measurement of other than one sample is not one of the latency per sample. */
export function latencyOf(report: Report | null, measured: readonly Measured[], profiled: Profiling["found"], now?: number): Latency | null {
  if (report?.hash && profiled?.hash === report.hash && profiled.profile.batch === 1 && !profiled.key) {
    const { profile } = profiled;
    return { ms: profile.p50_ms, kind: "measured", how: `Measured: ${ms(profile.p50_ms)} (95 % below ${ms(profile.p95_ms)}) for one sample on ${machineOf(profile)}, just now. The design has not changed since.` };
  }
  const single = measured.filter((one) => one.batch === 1);
  const same = report?.hash ? single.find((one) => one.hash === report.hash) : undefined;
  if (same)
    return { ms: same.p50_ms, kind: "measured", how: `Measured: ${told(same, now)}, by the run ${same.run.name || same.run.id}. The design has not changed since.` };
  if (report?.latency_ms == null) return null;
  const before = single[0] ? ` The design has changed since version ${single[0].version}, which took ${told(single[0], now)}.` : "";
  return {
    ms: report.latency_ms,
    kind: "estimated",
    how: `Estimated, mostly within a factor of two, from the multiply-adds, bytes and operations of each node and this machine's measured speed. ${FIGURES.latency_ms.how} Loading data is not counted.${before}`,
  };
}
