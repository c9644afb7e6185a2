/** What each node took when it was measured on the server's machine: ranked, and as colours on the graph. */
import { BACKENDS, type Backend, type ProfileDocument, keyOf } from "@shared/profile/document";
import type { Schemas } from "@shared/types";
import { NO_WIRES, type Ranked, type Weighing, heat, rankedBy } from "./cost";
import { ms } from "./figures";
import { bytes, count } from "./format";
import type { Overlay } from "./overlay";
import type { NodeReport, Report } from "./report";

/** One measurement: a quick one in PyTorch, or one of those that a profile's run has made. */
export type Profile = Schemas["ProfileOut"] & { backend?: Backend };

/** What is measured of a node. */
export const MEASURES = {
  ms: {
    name: "Time",
    show: ms,
    how: "The median of repeated forwards in evaluation mode, each node timed by itself; their sum is a little more than the time of the whole.",
  },
  bytes: {
    name: "Memory",
    show: bytes,
    how: "What the node's outputs take; an output that is its input in another shape takes nothing.",
  },
} as const;
export type Measure = keyof typeof MEASURES;

/** What is asked for and what came of it. */
export interface Profiling {
  batch: number;
  measure: Measure;
  /** Since when it has been measured; null while nothing is. */
  since: number | null;
  fault: string;
  /** What is shown, and the hash of the design that it was found of. */
  found: Found | null;
  /** The last quick measurement, to come back to. */
  quick: Found | null;
  /** The newest finished profile among the design's runs. */
  kept: Kept | null;
  /** A profile that waits or goes on. */
  under: { id: string; url: string; text: string } | null;
}

export interface Found {
  profile: Profile;
  hash: string | null;
  /** Which measurement of a kept profile it is; none for a quick one. */
  key?: string;
}

export interface Kept {
  id: string;
  url: string;
  version: number;
  document: ProfileDocument;
}

export const NO_PROFILE: Profiling = { batch: 1, measure: "ms", since: null, fault: "", found: null, quick: null, kept: null, under: null };

/** One of the measurements of a kept profile; null where it has none of that key. */
export function foundIn({ document }: Kept, key: string): Found | null {
  const nodes = document.node_ms.find((one) => keyOf(one) === key);
  const whole = document.latency_ms.find((one) => keyOf(one) === key);
  if (!nodes || !whole) return null;
  const { batch, backend, p50_ms, p95_ms, samples_per_s, runs, device, threads } = whole;
  return { key, hash: document.hash, profile: { batch, backend, p50_ms, p95_ms, samples_per_s, runs, device, threads, busy: document.machine.busy ? 1 : 0, nodes: nodes.nodes } };
}

const PREFIX = "profile:";

/** Which measure an overlay shows, if it is one of these. */
export const measureOf = (overlay: Overlay | null): Measure | null =>
  (Object.keys(MEASURES) as Measure[]).find((one) => overlay?.id === PREFIX + one) ?? null;

/** A group takes what the nodes inside take, of all its repetitions. */
function weighing(profile: Profile, measure: Measure): Weighing {
  const sums = new Map<string, number>();
  let total = 0;
  for (const [path, node] of Object.entries(profile.nodes)) {
    total += node[measure];
    for (let at = path; at; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) sums.set(at, (sums.get(at) ?? 0) + node[measure]);
  }
  const { name, show, how } = MEASURES[measure];
  return {
    of: (path) => sums.get(path) ?? 0,
    total,
    noun: name.toLowerCase(),
    explain: (value) => `${show(value)}, measured for ${batchOf(profile)} on ${machineOf(profile)}. ${how}`,
  };
}

export const batchOf = ({ batch }: Profile): string => (batch === 1 ? "one sample" : `a batch of ${count(batch)}`);

export const machineOf = ({ device, threads, backend }: Profile): string => `${device}, ${threads} thread${threads === 1 ? "" : "s"}${backend ? `, ${BACKENDS[backend]}` : ""}`;

/** The measured blocks, the costliest first; repetitions of one node are summed up. */
export const rankedByMeasure = (report: Report | null, profile: Profile, measure: Measure): Ranked[] =>
  report ? rankedBy(report, weighing(profile, measure)) : [];

/** `stale`: the design has changed since it was measured. */
export function profileOverlay(report: Report, profile: Profile, measure: Measure, stale: boolean): Overlay {
  const legend = stale ? "Measured before the last change." : `Of ${batchOf(profile)}; the hotter, the more of this graph.`;
  return { id: PREFIX + measure, title: `${MEASURES[measure].name}, measured`, legend, nodes: heat(report, weighing(profile, measure)), wires: NO_WIRES };
}

/** What one node took, all inside and all repetitions of it; null where it was not measured. */
export function measuredAt(profile: Profile, path: string, measure: Measure): { value: number; share: number } | null {
  const { of, total } = weighing(profile, measure);
  const value = of(path, {} as NodeReport);
  return value ? { value, share: total ? value / total : 0 } : null;
}
