/** What a profile found, as the engine wrote it, and what pages make of it. Pure. */

export type Backend = "eager" | "onnxruntime";

export interface Measurement {
  backend: Backend;
  batch: number;
  p50_ms: number;
  p95_ms: number;
  iqr_ms: number;
  samples_per_s: number;
  runs: number;
  warmup: number;
  device: string;
  threads: number;
  peak_bytes: number | null;
  others_cores: number;
}

export interface NodeTime {
  ms: number;
  bytes: number;
  /** The node it was merged with, which has its time; empty where the graph does without it. */
  into?: string;
}

export interface PerNode {
  backend: Backend;
  batch: number;
  nodes: Record<string, NodeTime>;
  /** What belongs to no node, by operator. */
  other: Record<string, number>;
}

export interface ProfileDocument {
  hash: string;
  latency_ms: Measurement[];
  nodes: Record<string, { block: string; macs: number; params: number; ms: number; bytes: number }>;
  node_ms: PerNode[];
  total: { params: number; macs: number; weight_bytes: number; peak_activation_bytes: number };
  uncounted: { op: string; path: string }[];
  device: string;
  threads: number;
  machine: { processor: string; cores: number; system: string; versions: Record<string, string>; load_before: number | null; others_before: number; others_during: number; busy: boolean };
  notes: string[];
  measured: string;
  seconds: number;
}

export const BACKENDS: Record<Backend, string> = { eager: "PyTorch", onnxruntime: "onnxruntime" };

export const keyOf = ({ backend, batch }: { backend: Backend; batch: number }): string => `${backend} ${batch}`;

/** Nodes by what they take in one measurement. */
export interface NodeRow {
  path: string;
  block: string;
  ms: number;
  /** Of the time of all nodes. */
  share: number;
  bytes: number;
  macs: number;
  params: number;
  into: string | undefined;
}

export type SortKey = "order" | "path" | "ms" | "bytes" | "macs" | "params";

export function nodeRows(document: ProfileDocument, measured: PerNode): NodeRow[] {
  const whole = Object.values(measured.nodes).reduce((sum, node) => sum + node.ms, 0) + Object.values(measured.other).reduce((sum, ms) => sum + ms, 0);
  return Object.entries(measured.nodes).map(([path, node]) => {
    const { block = "", macs = 0, params = 0 } = document.nodes[path] ?? {};
    return { path, block, ms: node.ms, share: whole ? node.ms / whole : 0, bytes: node.bytes, macs, params, into: node.into };
  });
}

/** The rows that have all the words in their path or block, ordered; figures the largest first unless turned round. */
export function arranged(rows: readonly NodeRow[], text: string, key: SortKey, turned: boolean): NodeRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = rows.filter(({ path, block }) => words.every((word) => `${path} ${block}`.toLowerCase().includes(word)));
  const compare = (a: NodeRow, b: NodeRow): number => (key === "order" ? 0 : key === "path" ? a.path.localeCompare(b.path, "en", { numeric: true }) : b[key] - a[key]);
  const found = [...kept].sort(compare);
  return turned ? found.reverse() : found;
}

/** Batch sizes as they are typed, `1, 8, 32`; null where that is none. */
export function batchesOf(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  if (!parts.length || !parts.every((part) => /^[1-9]\d*$/.test(part))) return null;
  return [...new Set(parts.map(Number))].sort((a, b) => a - b);
}
