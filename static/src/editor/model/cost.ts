/** Where the cost of a design lies: its nodes ranked, and coloured by what they cost. */
import { FIGURES, explain } from "./figures";
import { type NodeMark, type Overlay } from "./overlay";
import { type NodeReport, type Report, reconcile } from "./report";

/** Figures that nodes have, and that add up to the design's. */
export const COSTS = ["params", "macs", "activation_bytes"] as const;
export type Cost = (typeof COSTS)[number];

export interface Ranked {
  /** The path without the numbers of repetitions, `stage1.conv1`. */
  name: string;
  /** The first of its repetitions, `stage1.0.conv1`. */
  path: string;
  block: string;
  value: number;
  /** Of the design's total, 0 to 1. */
  share: number;
  /** How many repetitions are summed up. */
  times: number;
}

/** A cost that adds up: of one node, of the whole design, and in words. */
export interface Weighing {
  of: (path: string, node: NodeReport) => number;
  total: number;
  noun: string;
  explain: (value: number) => string;
}

const weighing = (report: Report, cost: Cost): Weighing => ({
  of: (_, node) => node[cost] ?? 0,
  total: report.total[cost],
  noun: FIGURES[cost].noun,
  explain: (value) => explain(cost, value),
});

/** The blocks of the opened design by what they cost, the costliest first; repetitions of one node are summed up. */
export const ranked = (report: Report | null, cost: Cost): Ranked[] => (report ? rankedBy(report, weighing(report, cost)) : []);

export function rankedBy(report: Report, { of, total }: Weighing): Ranked[] {
  const rows = new Map<string, Ranked>();
  for (const [path, node] of Object.entries(report.nodes)) {
    const value = of(path, node);
    if (!node.block || node.repeat != null || node.live === false || !value) continue;
    const name = unrepeated(report, path);
    const row = rows.get(name);
    if (row) (row.value += value), row.times++;
    else rows.set(name, { name, path, block: node.block, value, share: 0, times: 1 });
  }
  for (const row of rows.values()) row.share = total ? row.value / total : 0;
  return [...rows.values()].sort((a, b) => b.value - a.value);
}

/** A path without the places of repetitions. */
function unrepeated(report: Report, path: string): string {
  const parts = path.split(".");
  const kept: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const around = report.nodes[parts.slice(0, at).join(".")];
    if (around?.repeat == null) kept.push(parts[at]!);
  }
  return kept.join(".");
}

const PREFIX = "cost:";

/** Which cost an overlay shows, if it is one of these. */
export const costOf = (overlay: Overlay | null): Cost | null =>
  COSTS.find((cost) => overlay?.id === PREFIX + cost) ?? null;

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));

export const percent = (share: number): string => (share > 0 && share < 0.005 ? "<1 %" : `${Math.round(100 * share)} %`);

/** Nodes coloured by cost; marks that did not change are those of `before`. */
export function costOverlay(report: Report, cost: Cost, before: Overlay | null = null): Overlay {
  const nodes = heat(report, weighing(report, cost), before);
  return { id: PREFIX + cost, title: FIGURES[cost].name, legend: "The hotter, the more of this graph's cost.", nodes, wires: NO_WIRES };
}

/** The costliest node of each graph is hot, the others by the root of their part of it, so that small differences show. */
export function heat(report: Report, { of, total, noun, explain }: Weighing, before: Overlay | null = null): Overlay["nodes"] {
  const most = new Map<string, number>();
  for (const [path, node] of Object.entries(report.nodes)) {
    const around = parentOf(path);
    most.set(around, Math.max(most.get(around) ?? 0, of(path, node)));
  }
  const nodes = new Map<string, NodeMark>();
  for (const [path, node] of Object.entries(report.nodes)) {
    const value = of(path, node);
    const top = most.get(parentOf(path))!;
    const share = total ? value / total : 0;
    const mark: NodeMark = {
      heat: top ? Math.sqrt(value / top) : 0,
      ...(value ? { text: `${percent(share)} of ${noun}` } : {}),
      title: explain(value),
    };
    nodes.set(path, reconcile(before?.nodes.get(path), mark));
  }
  return nodes;
}

export const NO_WIRES: Overlay["wires"] = new Map();
