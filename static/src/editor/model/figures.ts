/** The figures of a design: what each is called, how it is written, and how it came to be. */
import { bytes, count, exact } from "./format";
import type { Report } from "./report";

export type FigureId = "params" | "macs" | "weight_bytes" | "activation_bytes" | "peak_activation_bytes" | "latency_ms";

export interface FigureInfo {
  name: string;
  /** In the middle of a sentence. */
  noun: string;
  unit?: string;
  show: (value: number) => string;
  /** To the last digit. */
  exactly: (value: number) => string;
  /** How it is computed or measured. */
  how: string;
}

export const ms = (value: number): string => `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`;

export const FIGURES: Record<FigureId, FigureInfo> = {
  params: {
    name: "Parameters",
    noun: "parameters",
    show: count,
    exactly: (value) => `${exact(value)} parameters`,
    how: "Numbers the network holds; tied weights count once, buffers such as running means do not count.",
  },
  macs: {
    name: "MACs",
    noun: "MACs",
    unit: "per sample",
    show: count,
    exactly: (value) => `${exact(value)} multiply-adds for one sample`,
    how: "Counted from the operations of one forward; FLOPs are twice that. Additions, activations, norms, pooling and look-ups are no multiply-adds.",
  },
  weight_bytes: {
    name: "Weights",
    noun: "weights",
    show: bytes,
    exactly: (value) => `${exact(value)} bytes`,
    how: "Parameters and buffers as stored, in float32.",
  },
  activation_bytes: {
    name: "Activations",
    noun: "activations",
    unit: "per sample",
    show: bytes,
    exactly: (value) => `${exact(value)} bytes for one sample`,
    how: "Every tensor that one training forward makes; an upper bound of what training keeps. Gradients and the optimizer's state do not count.",
  },
  peak_activation_bytes: {
    name: "Peak memory",
    noun: "peak memory",
    unit: "per sample",
    show: bytes,
    exactly: (value) => `${exact(value)} bytes for one sample`,
    how: "The most that one inference holds at once, when nodes run one by one and each tensor is freed after its last use. Weights do not count, nor what an operator's kernel needs for itself.",
  },
  latency_ms: {
    name: "Latency",
    noun: "latency",
    unit: "per sample",
    show: ms,
    exactly: ms,
    how: "The time of one forward of one sample.",
  },
};

const uncounted = new WeakMap<Report["uncounted"], Map<string, Set<string>>>();

/** Operations at or below a path ("" for the whole design) whose multiply-adds are not known, each once. */
export function uncountedAt(report: Report | null, path: string): string[] {
  if (!report?.uncounted.length) return [];
  let below = uncounted.get(report.uncounted);
  if (!below) {
    below = new Map();
    for (const { op, path: at } of report.uncounted)
      for (let around = at; ; around = around.slice(0, Math.max(0, around.lastIndexOf(".")))) {
        const ops = below.get(around) ?? new Set();
        below.set(around, ops.add(op));
        if (!around) break;
      }
    uncounted.set(report.uncounted, below);
  }
  return [...(below.get(path) ?? [])];
}

/** The whole story of a figure, for a hover. */
export function explain(id: FigureId, value: number | undefined, missed: readonly string[] = []): string {
  const info = FIGURES[id];
  const missing = id !== "macs" ? "" : missed.length ? ` Not counted: ${missed.join(", ")}.` : " No operation was left out.";
  return `${value === undefined ? "Not known yet" : info.exactly(value)}. ${info.how}${missing}`;
}
