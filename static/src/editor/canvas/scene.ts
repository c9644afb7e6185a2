/**
 * What each node of the graph in view shows, worked out once for all of them: a thousand nodes that each watched the
 * store would make every keystroke slow. A view is the same object as before while what it shows is the same.
 */
import { capital } from "../model/format";
import { dependencesOf } from "../model/dependence";
import { isExpression } from "../model/expressions";
import { uncountedAt } from "../model/figures";
import { value } from "../model/format";
import { graphOf, groupOf, groupUses, isRepeated, joinEnd, joinPath, meaningOf, pickedName } from "../model/graph";
import { type NodeMark, nodeMark } from "../model/overlay";
import { isMade, madeBy } from "../model/made";
import { differencesAt } from "../model/overrides";
import { type Port, entryOf, portsOf } from "../model/registry";
import { type Issue, type NodeReport, type Report, type TensorInfo, tensorOn } from "../model/report";
import type { Design, DesignNode, Graph, Params } from "../model/types";
import type { EditorState } from "../state/types";
import { wiredPorts } from "./flow";
import { type WireKind, kindOfDims, kindOfTensor } from "./kinds";

export interface PortView {
  port: Port;
  kind: WireKind;
  /** A wire uses it although the block has no such port. */
  unknown: boolean;
}

export interface NodeView {
  path: string;
  title: string;
  family: string;
  group: string | null;
  /** The params in a line, as they came to be and as they are written. */
  summary: string;
  written: string;
  inputs: PortView[];
  outputs: PortView[];
  options: { names: string[]; picked: string; by: string | null } | null;
  repeat: string | null;
  /** The repeat as it is written, `=depth`; empty where there is none. */
  repeatWritten: string;
  /** The port that carries all earlier values of the repeat; empty where none does. */
  history: string;
  /** Of a group: how many nodes stand for its definition. */
  instances: number;
  /** What of the search space this node hangs on, in words; empty where nothing may vary. */
  searched: string;
  /** It hangs on the variable that is pointed at. */
  lit: boolean;
  /** What differs at this path alone, in words; empty where nothing does. */
  only: string;
  output: TensorInfo | undefined;
  params: number | undefined;
  macs: number | undefined;
  /** Operations whose multiply-adds are not known. */
  uncounted: string;
  bypassed: boolean;
  /** Muted itself, or left out because nothing but muted nodes feeds it. */
  muted: "muted" | "left out" | null;
  issues: Issue[] | undefined;
  mark: NodeMark | undefined;
}

export type Scene = ReadonlyMap<string, NodeView>;

/** The part of the state that nodes show. */
export type Seen = Pick<EditorState, "registry" | "report" | "issues" | "overlay" | "place"> & { design: Design; lit?: string | null };

export const EMPTY_SCENE: Scene = new Map();

/** The views of all nodes; `before` gives back its own where nothing that a node shows has changed. */
export function sceneOf(seen: Seen, before: Scene): Scene {
  const graph = graphOf(seen.design, seen.place.graph);
  if (!graph) return EMPTY_SCENE;
  const scene = new Map<string, NodeView>();
  let same = graph.nodes.length === before.size;
  for (const node of graph.nodes) {
    const old = before.get(node.id);
    const view = kept(old, viewOf(seen, graph, node));
    same &&= view === old;
    scene.set(node.id, view);
  }
  return same ? before : scene;
}

function viewOf(seen: Seen, graph: Graph, node: DesignNode): NodeView {
  const { design, registry, report, place } = seen;
  const path = joinPath(place.path, node.id);
  const figures = report?.nodes[path];
  const meaning = meaningOf(design, node);
  const entry = entryOf(registry, meaning);
  const group = meaning.group ?? meaning.generator ?? null;
  const named = isMade(meaning.group) ? madeBy(meaning.group).name : meaning.group;
  const known = registry ? portsOf(design, registry, node) : NO_PORTS;
  const wired = wiredPorts(graph, node.id);
  const written = summary(meaning.params);
  const inside = meaning.group ? (groupOf(design, meaning.group)?.nodes.length ?? 0) : 0;
  return {
    path,
    title: node.label || (named ?? capital(entry?.title ?? meaning.block ?? meaning.generator ?? "empty choice")),
    family: meaning.block ? (entry?.family ?? "other") : "group",
    group,
    summary: summary(meaning.params, resolvedOf(report, path)) || (meaning.group ? `${inside} node${inside === 1 ? "" : "s"} inside` : ""),
    written,
    inputs: portViews(known.inputs, wired?.inputs, () => undefined),
    outputs: portViews(known.outputs, wired?.outputs, (name) => tensorOn(report, place.path, { from: joinEnd(node.id, name), to: "." })),
    options: optionsOf(design, node),
    repeat: node.repeat == null ? null : String(figures?.repeat ?? (typeof node.repeat === "string" ? node.repeat.slice(1) : node.repeat)),
    repeatWritten: node.repeat == null ? "" : String(node.repeat),
    history: node.history ?? "",
    instances: group ? (groupUses(design).get(group) ?? 0) : 0,
    ...varying(seen, node),
    only: design.overrides?.length ? differencesAt(design, path, isRepeated(node)) : "",
    output: firstOutput(figures),
    params: figures?.params,
    macs: figures?.macs,
    uncounted: uncountedAt(report, path).join(", "),
    bypassed: figures?.bypassed ?? node.bypass === true,
    muted: !(figures?.muted ?? node.mute === true) ? null : node.mute ? "muted" : "left out",
    issues: seen.issues.get(node.id),
    mark: nodeMark(seen.overlay, path),
  };
}

function varying({ design, place, lit }: Seen, node: DesignNode): Pick<NodeView, "searched" | "lit"> {
  const found = dependencesOf(design).get(place.graph)?.get(node.id);
  const may = (name: string): boolean => !!design.variables?.[name]?.domain;
  const own = found?.own.filter(may) ?? [];
  const inside = found?.inside.filter(may) ?? [];
  const words = [own.join(", "), inside.length ? `inside: ${inside.join(", ")}` : "", node.choice && !isExpression(node.pick) ? "a choice" : ""];
  return { searched: words.filter(Boolean).join("; "), lit: !!lit && !!(found?.own.includes(lit) || found?.inside.includes(lit)) };
}

const NO_PORTS: { inputs: Port[]; outputs: Port[] } = { inputs: [], outputs: [] };

const strange = (name: string): Port => ({ name, dims: "N ...", dtype: "any", optional: true, variadic: false, role: "data" });

function portViews(known: readonly Port[], wired: ReadonlySet<string> | undefined, tensor: (port: string) => TensorInfo | undefined): PortView[] {
  const view = (port: Port, unknown: boolean): PortView => {
    const found = tensor(port.name);
    return { port, unknown, kind: found?.shape ? kindOfTensor(found) : kindOfDims(port.dims, port.dtype) };
  };
  const views = known.map((port) => view(port, false));
  for (const name of wired ?? []) if (!known.some((port) => port.name === name)) views.push(view(strange(name), true));
  return views;
}

function optionsOf(design: Design, node: DesignNode): NodeView["options"] {
  const picked = pickedName(design, node);
  if (picked === undefined) return null;
  const by = typeof node.pick === "string" && node.pick.startsWith("=") ? node.pick : null;
  return { names: Object.keys(node.choice ?? {}), picked, by };
}

const firstOutput = (figures: NodeReport | undefined): TensorInfo | undefined => figures?.outputs && Object.values(figures.outputs)[0];

/** What the params came to; of a repeated group, in its first repetition. */
function resolvedOf(report: Report | null, path: string): Params | undefined {
  const own = report?.nodes[path]?.resolved;
  return own && Object.keys(own).length ? own : report?.nodes[`${path}.0`]?.resolved;
}

/** The first params in a line; an expression shows what it gives, where that is known. */
const summary = (params: Params | undefined, resolved?: Params): string =>
  Object.entries(params ?? {})
    .slice(0, 4)
    .map(([name, one]) => `${name.replace(/_/g, " ")} ${value(isExpression(one) && resolved?.[name] != null ? resolved[name] : one)}`)
    .join(" · ");

/** `old` if it shows the same as `view`; else `view` with those lists of `old` that show the same. */
function kept(old: NodeView | undefined, view: NodeView): NodeView {
  if (!old) return view;
  if (samePorts(old.inputs, view.inputs)) view.inputs = old.inputs;
  if (samePorts(old.outputs, view.outputs)) view.outputs = old.outputs;
  if (JSON.stringify(old.options) === JSON.stringify(view.options)) view.options = old.options;
  // `for`, since a list of the keys for each of a thousand nodes is megabytes at every keystroke.
  for (const key in view) if (old[key as keyof NodeView] !== view[key as keyof NodeView]) return view;
  return old;
}

const samePorts = (a: PortView[], b: PortView[]): boolean =>
  a.length === b.length && a.every((one, at) => one.kind === b[at]!.kind && one.unknown === b[at]!.unknown && (one.port === b[at]!.port || (one.unknown && one.port.name === b[at]!.port.name)));
