/** The answer of `/api/analyze`, and how the editor reads it. */
import type { Refined, Schemas } from "@shared/types";
import { type MadeAt, joinEnd, locate, splitEnd } from "./graph";
import { type Design, type Edge, type GraphKey, type Params, INPUT, OUTPUT } from "./types";

/** A node of the document: its group (null at the top) and its id. */
export interface At {
  group: GraphKey;
  node: string;
}

/** Params to set on a node; null takes one away. */
export interface Fix {
  at: At;
  params: Params;
  label?: string;
}

export type Figures = Schemas["Total"];
/** Without the batch; the shape is null where it could not be found out. */
export type TensorInfo = Pick<Schemas["TensorInfo"], "shape"> & Partial<Schemas["TensorInfo"]>;
type Tensors<T> = Record<string, T>;

export type NodeReport = Partial<
  Refined<Schemas["NodeReport"], { inputs: Tensors<TensorInfo | TensorInfo[]>; outputs: Tensors<TensorInfo>; resolved: Params }>
>;

export type Issue = Pick<Schemas["IssueOut"], "path" | "code" | "message"> &
  Partial<Refined<Schemas["IssueOut"], { at: At | null; fix: Fix | null; severity: "error" | "warning" }>>;

type Answer = Refined<
  Schemas["AnalyzeOut"],
  {
    inputs: Tensors<TensorInfo & { kind?: string }>;
    outputs: Tensors<TensorInfo>;
    nodes: Record<string, NodeReport>;
    errors: Issue[];
    uncounted: { op: string; path: string }[];
  }
>;
export type Report = Omit<Answer, "facts" | "variables" | "measured_ms" | "latency_ms"> & Partial<Pick<Answer, "measured_ms" | "latency_ms">>;

/** `after` with every part that equals the same part of `before` replaced by it, so unchanged nodes keep identity. */
export function reconcile<T>(before: unknown, after: T): T {
  if (Object.is(before, after)) return before as T;
  if (!before || !after || typeof before !== "object" || typeof after !== "object") return after;
  if (Array.isArray(before) !== Array.isArray(after)) return after;
  const old = before as Record<string, unknown>;
  const fresh = after as Record<string, unknown>;
  let same = true;
  const merged: Record<string, unknown> = {};
  for (const key in fresh) {
    merged[key] = reconcile(old[key], fresh[key]);
    same &&= key in old && merged[key] === old[key];
  }
  for (const key in old) same &&= key in fresh;
  if (same) return before as T;
  return (Array.isArray(after) ? Object.values(merged) : merged) as T;
}

/** What comes into the first of a chain of repetitions comes into the chain. */
function ofFirst(report: Report, path: string, port: string): TensorInfo | TensorInfo[] | undefined {
  return path.endsWith(".0") ? report.nodes[path.slice(0, -2)]?.inputs?.[port] : undefined;
}

/** The tensor on a wire of the graph that stands at `path`. */
export function tensorOn(report: Report | null, path: string, edge: Edge): TensorInfo | undefined {
  if (!report) return undefined;
  const at = (id: string): string => joinEnd(path, id).replace(/^\./, "");
  const from = splitEnd(edge.from);
  const to = splitEnd(edge.to);
  if (from.node === INPUT) {
    const own = path ? (report.nodes[path]?.inputs?.[from.port] ?? ofFirst(report, path, from.port)) : report.inputs[from.port];
    if (own) return Array.isArray(own) ? own[0] : own;
  } else {
    const own = report.nodes[at(from.node)]?.outputs?.[from.port];
    if (own) return own;
  }
  const target =
    to.node === OUTPUT
      ? path
        ? report.nodes[path]?.outputs?.[to.port]
        : report.outputs[to.port]
      : report.nodes[at(to.node)]?.inputs?.[to.port];
  return Array.isArray(target) ? undefined : target;
}

/** The keys of what generators made, by path. */
export const madeAt =
  (report: Report | null): MadeAt =>
  (path) =>
    report?.nodes[path]?.group;

/** Issues by the canvas id they belong to in the graph at `path`; what lies inside a group counts at the group. */
export function issuesAt(report: Report | null, path: string, graph: GraphKey): Map<string, Issue[]> {
  const found = new Map<string, Issue[]>();
  for (const issue of report?.errors ?? []) {
    const id = placeOfIssue(issue, path, graph);
    if (id) found.set(id, [...(found.get(id) ?? []), issue]);
  }
  return found;
}

function placeOfIssue(issue: Issue, path: string, graph: GraphKey): string | null {
  const prefix = path ? `${path}.` : "";
  if (issue.path.startsWith(prefix)) {
    const [id, ...rest] = issue.path.slice(prefix.length).split(".");
    if (id && id !== INPUT && id !== OUTPUT) return id;
    const port = rest[0] ?? issue.port;
    if (id && port) return joinEnd(id, port);
  }
  // Another instance of the same group fails at the same node: its definition is what is looked at here.
  return issue.at && issue.at.group === graph && graph !== null ? issue.at.node : null;
}

/** Issues that no node of the design can show: cycles, unknown groups, documents that do not parse. */
export const looseIssues = (report: Report | null, design: Design): Issue[] =>
  (report?.errors ?? []).filter((issue) => !issue.at && (!issue.path || !locate(design, issue.path)));
