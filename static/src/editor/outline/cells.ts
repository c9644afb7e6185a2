/** What the columns of the outline say of a row. */
import { flowId } from "../layout/place";
import type { Cost } from "../model/cost";
import { bytes, capital, short, tightShape, value } from "../model/format";
import { graphOf, joinEnd, meaningOf, pickedName, splitEnd } from "../model/graph";
import { isMade, madeBy } from "../model/made";
import { type Overlay, type WireMark, nodeMark } from "../model/overlay";
import { type Registry, portsOf, entryOf } from "../model/registry";
import { type Issue, type Report, issuesAt, tensorOn } from "../model/report";
import { type Design, type DesignNode, type Edge, type Graph, type GraphPort, INPUT } from "../model/types";
import type { Row } from "./rows";

export interface Known {
  design: Design;
  registry: Registry | null;
  report: Report | null;
  overlay: Overlay | null;
}

export const costAt = (report: Report | null, path: string, cost: Cost): number => report?.nodes[path]?.[cost] ?? 0;

const cost = (by: Cost, write: (figure: number) => string) => (row: Row, { report }: Known): string => {
  const figure = costAt(report, row.path, by);
  return figure ? write(figure) : "";
};

function block(row: Row, { design, registry, report }: Known): string {
  if (row.kind !== "node") return row.kind === "input" ? capital(`${(row.item as GraphPort).kind ?? ""} input`.trim()) : "Output";
  const node = row.item as DesignNode;
  const meaning = meaningOf(design, node);
  const title = (isMade(meaning.group) ? madeBy(meaning.group).name : meaning.group) ?? capital(entryOf(registry, meaning)?.title ?? meaning.block ?? meaning.generator ?? "empty choice");
  const repeats = report?.nodes[row.path]?.repeat ?? node.repeat;
  const picked = pickedName(design, node);
  return [
    node.label ? `${node.label} (${title})` : title,
    node.repeat != null && `×${value(repeats)}`,
    picked !== undefined && `${picked} of ${Object.keys(node.choice!).length} options`,
    (report?.nodes[row.path]?.bypassed ?? node.bypass === true) && "bypassed",
  ].filter(Boolean).join(", ");
}

function settings(row: Row, { design, report }: Known): string {
  if (row.kind !== "node") return Object.entries((row.item as GraphPort).dims ?? {}).map(([name, size]) => `${name} ${value(size)}`).join(" · ");
  const resolved = report?.nodes[row.path]?.resolved;
  return Object.entries(meaningOf(design, row.item as DesignNode).params ?? {})
    .map(([name, one]) => {
      const found = resolved?.[name];
      const written = value(one);
      return `${name.replace(/_/g, " ")} ${typeof one === "string" && one.startsWith("=") && found != null ? `${value(found)} (${written})` : written}`;
    })
    .join(" · ");
}

const fed = new WeakMap<Graph["edges"], Map<string, Edge[]>>();

/** The wires into an item of a graph. */
export function wiresInto(graph: Graph, id: string): Edge[] {
  let all = fed.get(graph.edges);
  if (!all) {
    all = new Map();
    for (const edge of graph.edges) all.set(flowId(edge.to), [...(all.get(flowId(edge.to)) ?? []), edge]);
    fed.set(graph.edges, all);
  }
  return all.get(id) ?? [];
}

/** Where an input comes from, as short as it can be said without doubt. */
function sourceName(graph: Graph, edge: Edge, { design, registry }: Known): string {
  const { node: id, port } = splitEnd(edge.from);
  if (id === INPUT) return edge.from;
  const node = graph.nodes.find((one) => one.id === id);
  return node && registry && portsOf(design, registry, node).outputs.length > 1 ? `${id}.${port}` : id;
}

function inputs(row: Row, known: Known): string {
  const graph = graphOf(known.design, row.graph);
  const wires = graph ? wiresInto(graph, row.id) : [];
  const ports = [...new Set(wires.map((wire) => splitEnd(wire.to).port))];
  return ports
    .map((port) => {
      const sources = wires.filter((wire) => splitEnd(wire.to).port === port).map((wire) => sourceName(graph!, wire, known)).join(", ");
      return ports.length > 1 ? `${port}: ${sources}` : sources;
    })
    .join("; ");
}

function output(row: Row, { design, report }: Known): string {
  if (row.kind === "node") {
    const shapes = Object.values(report?.nodes[row.path]?.outputs ?? {}).map((one) => (one.shape ? tightShape(one.shape) : "–"));
    return shapes.join(", ") || "–";
  }
  const graph = graphOf(design, row.graph);
  const edge = graph?.edges.find((one) => (row.kind === "input" ? one.from : one.to) === row.id) ?? { from: row.id, to: row.id };
  const shape = tensorOn(report, row.place, edge)?.shape;
  return shape ? tightShape(shape) : "–";
}

const issued = new WeakMap<Report, Map<string, Map<string, Issue[]>>>();

/** The issues of a row; a group has those of what it contains. */
export function issuesOf(row: Row, report: Report | null): Issue[] {
  if (!report?.errors.length) return [];
  const places = issued.get(report) ?? new Map<string, Map<string, Issue[]>>();
  issued.set(report, places);
  const key = `${row.place} ${row.graph}`;
  const here = places.get(key) ?? issuesAt(report, row.place, row.graph);
  places.set(key, here);
  return here.get(row.id) ?? [];
}

const issues = (row: Row, { report }: Known): string =>
  issuesOf(row, report).map((issue) => (issue.remedy ? `${issue.message} ${capital(issue.remedy)}.` : issue.message)).join(" ");

export interface Column {
  id: string;
  title: string;
  text: (row: Row, known: Known) => string;
  cost?: Cost;
  /** What the figures of the column are. */
  about?: string;
  /** Address of a small picture before the text. */
  picture?: (row: Row, known: Known) => string | undefined;
}

export const COLUMNS: readonly Column[] = [
  { id: "node", title: "Node", text: (row) => row.id },
  { id: "block", title: "Block", text: block },
  { id: "settings", title: "Settings", text: settings },
  { id: "inputs", title: "From", text: inputs, about: "What feeds it" },
  { id: "output", title: "Output", text: output, about: "Shape without the batch" },
  { id: "params", title: "Params", text: cost("params", short), cost: "params", about: "Parameters" },
  { id: "macs", title: "MACs", text: cost("macs", short), cost: "macs", about: "Multiply-adds per sample" },
  { id: "activations", title: "Activations", text: cost("activation_bytes", bytes), cost: "activation_bytes", about: "Bytes of the tensors one forward makes for one sample" },
  { id: "issues", title: "Issues", text: issues },
];

/** What lies over the wires that start at a row. */
function wireMarks(overlay: Overlay, row: Row, report: Report | null): WireMark[] {
  const ports = row.kind === "node" ? Object.keys(report?.nodes[row.path]?.outputs ?? {}) : [];
  const ends = row.kind === "input" ? [row.path] : ports.map((port) => joinEnd(row.path, port));
  return ends.flatMap((end) => overlay.wires.get(end) ?? []);
}

/** The figures of a wire in a line; its shape is in a column of its own. */
const wireText = ({ words, figures = [] }: WireMark): string =>
  [...(words === undefined ? [] : [`“${words}”`]), ...figures.filter(([name]) => name !== "Shape").map((figure) => figure.join(" "))].join(" · ");

/** A column for the marks that lie over the graph, on nodes and the wires that leave them, while some do. */
export const markColumn = (overlay: Overlay): Column => ({
  id: "mark",
  title: overlay.title,
  text: (row, { report }) => [nodeMark(overlay, row.path)?.text, ...wireMarks(overlay, row, report).map(wireText)].filter(Boolean).join(" "),
  picture: (row, { report }) => wireMarks(overlay, row, report)[0]?.picture,
  ...(overlay.legend ? { about: overlay.legend } : {}),
});

/** What a search looks at: everything one reads in the row but its figures. */
export const wordsOf = (row: Row, known: Known): string =>
  [row.id, block(row, known), settings(row, known), row.kind === "node" ? (meaningOf(known.design, row.item as DesignNode).block ?? "") : ""].join(" ").toLowerCase();
