/** Adding nodes: from the palette, quick add, a dropped wire, a template. */
import { capital } from "../model/format";
import { type Command, batch } from "../model/commands";
import { freshId, graphOf, joinEnd, nodeOf, splitEnd, groupClosure } from "../model/graph";
import { type Entry, type Port, KIND_DIMS, portsOf } from "../model/registry";
import { tensorOn } from "../model/report";
import { type Source, type Tensor, canConnect, findPort, misfit, sourcesOf } from "../model/validate";
import { type Alternative, type DesignNode, type Edge, type GraphPort, type Position, INPUT, OUTPUT } from "../model/types";
import { NODE_WIDTH, PORT_WIDTH, placedGraph } from "../layout/place";
import { middleOfScreen, reveal, sizeOf, toGraph } from "../canvas/bridge";
import { editor } from "../state/store";
import type { QuickAdd } from "../state/types";
import { takeOver } from "./insert";

/** Something that can be put on the canvas. */
export interface Choice {
  key: string;
  title: string;
  hint: string;
  family: string;
  what: Alternative | { side: "inputs" | "outputs"; kind?: string };
  inputs: Port[];
  outputs: Port[];
  entry?: Entry;
  words: string;
}

const anyPort = (name: string): Port => ({ name, dims: "N ...", dtype: "any", optional: false, variadic: false, role: "data" });


/** All there is to add to a graph: blocks of the registry, groups of the design, ports of the graph. */
export function choices(graph = editor.getState().place.graph): Choice[] {
  const { registry } = editor.getState();
  const design = editor.getState().design();
  const list: Choice[] = [...(registry?.blocks.values() ?? []), ...(registry?.generators.values() ?? [])].map((entry) => ({
    key: `${entry.kind}:${entry.id}`,
    title: capital(entry.title),
    hint: entry.help,
    family: entry.kind === "generator" ? "generators" : entry.family || "other",
    what: { [entry.kind]: entry.id },
    inputs: entry.ports.inputs,
    outputs: entry.ports.outputs,
    entry,
    words: [entry.id, ...entry.tags, entry.source ? `${entry.source.title} ${entry.source.authors} ${entry.source.year}` : ""].join(" "),
  }));
  for (const [name, group] of Object.entries(design.groups ?? {})) {
    if (graph !== null && groupClosure(design, name).has(graph)) continue;
    list.push({
      key: `group:${name}`,
      title: name,
      hint: group.doc || `Group of ${group.nodes.length} nodes`,
      family: "groups of this design",
      what: { group: name },
      inputs: group.inputs.map((port) => anyPort(port.name)),
      outputs: group.outputs.map((port) => anyPort(port.name)),
      words: "group",
    });
  }
  const own = graph === null ? "the design" : "this group";
  const kinds = graph === null ? Object.keys(KIND_DIMS) : [undefined];
  for (const kind of kinds)
    list.push({
      key: `input:${kind ?? ""}`,
      title: kind ? `Input: ${kind}` : "Input",
      hint: `An input of ${own}${kind ? `, kind ${kind}` : ""}`,
      family: "ports",
      what: { side: "inputs", ...(kind ? { kind } : {}) },
      inputs: [],
      outputs: [anyPort("x")],
      words: "input port data",
    });
  list.push({
    key: "output",
    title: "Output",
    hint: `A result of ${own}`,
    family: "ports",
    what: { side: "outputs" },
    inputs: [anyPort("x")],
    outputs: [],
    words: "output port result logits",
  });
  return list;
}

const RECENT = "blockyard.editor.recent";

/** Keys of what was added last, newest first. */
export function recent(): string[] {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(RECENT) ?? "[]") as string[];
  } catch {
    return [];
  }
}

function remember(key: string): void {
  globalThis.localStorage?.setItem(RECENT, JSON.stringify([key, ...recent().filter((one) => one !== key)].slice(0, 8)));
}

const tensorAt = (end: string): Tensor | undefined => {
  const { report, place } = editor.getState();
  return tensorOn(report, place.path, { from: end, to: "." });
};

/** Does this choice have a port for the wire that was dropped? */
export function fits(choice: Choice, wire: QuickAdd["wire"]): boolean {
  if (!wire) return true;
  const design = editor.getState().design();
  const { registry, place } = editor.getState();
  if (!registry) return true;
  if (wire.side === "from") {
    const source = findPort(design, registry, place.graph, wire.end, "outputs");
    return !!source && choice.inputs.some((port) => !misfit(source, port, tensorAt(wire.end)));
  }
  const target = findPort(design, registry, place.graph, wire.end, "inputs");
  return !!target && choice.outputs.some((port) => !misfit(port, target));
}

/** The wire that would join a new node to an end, if one fits. */
function wireTo(id: string, choice: Pick<Choice, "inputs" | "outputs">, wire: NonNullable<QuickAdd["wire"]>): { edge: Edge; variadic: boolean } | null {
  const { registry, place } = editor.getState();
  const design = editor.getState().design();
  if (!registry) return null;
  if (wire.side === "from") {
    const source = findPort(design, registry, place.graph, wire.end, "outputs");
    const port = source && choice.inputs.find((one) => !misfit(source, one, tensorAt(wire.end)));
    return port ? { edge: { from: wire.end, to: joinEnd(id, port.name) }, variadic: port.variadic } : null;
  }
  const target = findPort(design, registry, place.graph, wire.end, "inputs");
  const port = target && choice.outputs.find((one) => !misfit(one, target));
  return port && target ? { edge: { from: joinEnd(id, port.name), to: wire.end }, variadic: target.variadic } : null;
}

const GRID = 8;
const snapped = (x: number, y: number): Position => ({ x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID });

/** Adds a choice; `at` is the middle of the new node in the graph. Gives the canvas id. */
export function addChoice(choice: Choice, at: Position, wire?: QuickAdd["wire"], into: Edge[] = []): string {
  remember(choice.key);
  return "side" in choice.what ? addPort(choice, at, wire) : addNode(choice, choice.what, at, wire, into);
}

function addNode(choice: Choice, what: Alternative, at: Position, wire: QuickAdd["wire"], into: Edge[]): string {
  const { place, direction } = editor.getState();
  const graph = graphOf(editor.getState().design(), place.graph)!;
  const id = freshId(graph, what.block ?? what.group ?? what.generator ?? "node");
  const down = direction === "down";
  // Dropped at a wire's end, the side with the port lies under the pointer.
  const inset = wire ? (wire.side === "from" ? 8 : down ? 100 : NODE_WIDTH) : down ? 46 : NODE_WIDTH / 2;
  const position = down ? snapped(at.x - NODE_WIDTH / 2, at.y - inset) : snapped(at.x - inset, at.y - 46);
  const node: DesignNode = { id, ...what, position };
  const joined = wire && wireTo(id, choice, wire);
  const [output] = choice.outputs;
  const taken = joined && output && into.length ? takeOver(editor.getState().design(), place.graph, into, id, output.name, at) : [];
  editor.getState().perform(
    batch([{ type: "addNode", args: { graph: place.graph, node, ...(joined ? { edges: [joined] } : {}) } }, ...taken]),
    { label: `add ${choice.title}`, say: `Added ${choice.title} as ${id}${taken.length ? ", put into the wire" : joined ? ", connected" : ""}` },
  );
  editor.getState().select([id]);
  reveal({ x: position.x + NODE_WIDTH / 2, y: position.y + 44 });
  return id;
}

function addPort(choice: Choice, at: Position, wire?: QuickAdd["wire"]): string {
  const { place } = editor.getState();
  const graph = graphOf(editor.getState().design(), place.graph)!;
  const { side, kind } = choice.what as { side: "inputs" | "outputs"; kind?: string };
  const taken = new Set(graph[side].map((port) => port.name));
  const stem = kind ?? (side === "inputs" ? "x" : "out");
  let name = stem;
  for (let number = 2; taken.has(name); number++) name = `${stem}${number}`;
  const position = snapped(at.x - PORT_WIDTH / 2, at.y - (wire ? 8 : 24));
  const port: GraphPort = { name, position, ...(kind ? { kind, dims: startDims(kind) } : {}) };
  const own = joinEnd(side === "inputs" ? INPUT : OUTPUT, name);
  const edge = wire && (wire.side === "from") === (side === "outputs")
    ? wire.side === "from" ? { from: wire.end, to: own } : { from: own, to: wire.end }
    : undefined;
  editor.getState().perform(
    batch([{ type: "addPort", args: { graph: place.graph, side, port, ...(edge ? { edge } : {}) } }, ...assumptions(kind)]),
    { label: `add ${choice.title}`, say: `Added ${choice.title} ${name}` },
  );
  editor.getState().select([own]);
  reveal({ x: position.x + PORT_WIDTH / 2, y: position.y + 24 });
  return own;
}

const START: Record<string, GraphPort["dims"]> = {
  image: { C: "=facts.image.channels", H: "=facts.image.height", W: "=facts.image.width" },
  tokens: { L: 128 },
  table: { F: "=facts.features.columns" },
};
const startDims = (kind: string): NonNullable<GraphPort["dims"]> => START[kind] ?? {};

/** What is assumed of the data until a data set is chosen, so that shapes are there from the first block on. */
const ASSUMED: Record<string, Record<string, Record<string, number>>> = {
  image: { image: { channels: 1, height: 28, width: 28 }, label: { classes: 10 } },
  tokens: { text: { vocab: 256, length: 128 }, label: { classes: 2 } },
  table: { features: { columns: 8 }, label: { classes: 2 } },
};

function assumptions(kind: string | undefined): Command[] {
  const known = editor.getState().design().facts;
  return Object.entries(ASSUMED[kind ?? ""] ?? {}).flatMap(([field, names]) =>
    Object.entries(names)
      .filter(([name]) => known?.[field]?.[name] === undefined)
      .map(([name, value]): Command => ({ type: "setFact", args: { field, name, value } })),
  );
}

/** Adds after the selected node when its output is free, else in the middle of what is seen. */
export function addNext(choice: Choice): string {
  const { selected, place, direction, registry } = editor.getState();
  const design = editor.getState().design();
  const graph = graphOf(design, place.graph);
  const [only] = selected.size === 1 ? [...selected] : [];
  if (graph && only && registry) {
    const wire = freeOutput(only);
    const shown = placedGraph(graph, direction);
    const item = nodeOf(shown, only) ?? shown.inputs.find((port) => joinEnd(INPUT, port.name) === only);
    if (item?.position) {
      const size = sizeOf(only) ?? { width: NODE_WIDTH, height: 92 };
      const { x, y } = item.position;
      const at = direction === "down"
        ? { x: x + size.width / 2, y: y + size.height + 56 + 8 }
        : { x: x + size.width + 72, y: y + size.height / 2 };
      return addChoice(choice, wire ? at : { x: at.x + NODE_WIDTH + 40, y: at.y }, wire ? { end: wire, side: "from" } : undefined);
    }
  }
  return addChoice(choice, scattered(toGraph(middleOfScreen())));
}

/** Not exactly on a node that is there already. */
function scattered(at: Position): Position {
  const { place, direction } = editor.getState();
  const graph = graphOf(editor.getState().design(), place.graph);
  const taken = graph ? placedGraph(graph, direction).nodes.map((node) => node.position!) : [];
  let spot = at;
  while (taken.some((one) => Math.abs(one.x + NODE_WIDTH / 2 - spot.x) < 30 && Math.abs(one.y + 46 - spot.y) < 30))
    spot = { x: spot.x + 36, y: spot.y + 36 };
  return spot;
}

function freeOutput(id: string): string | undefined {
  const { place, registry } = editor.getState();
  const design = editor.getState().design();
  const graph = graphOf(design, place.graph);
  if (!graph || !registry) return undefined;
  if (id.startsWith(`${INPUT}.`)) return graph.edges.some((edge) => edge.from === id) ? undefined : id;
  const node = nodeOf(graph, id);
  if (!node) return undefined;
  const first = findFirstOutput(id);
  return first && !graph.edges.some((edge) => splitEnd(edge.from).node === id) ? joinEnd(id, first) : undefined;
}

function findFirstOutput(id: string): string | undefined {
  const { place, registry } = editor.getState();
  const design = editor.getState().design();
  const node = nodeOf(graphOf(design, place.graph), id);
  return node && registry ? portsOf(design, registry, node).outputs[0]?.name : undefined;
}

/** Draws a wire if it may be drawn; says why when it may not. */
export function connectEnds(from: string, to: string): boolean {
  const { registry, place } = editor.getState();
  if (!registry) return false;
  const verdict = canConnect(editor.getState().design(), registry, place.graph, from, to, tensorAt(from));
  if (!verdict.ok) {
    editor.getState().notify(verdict.reason, "bad");
    return false;
  }
  const command: Command = { type: "connect", args: { graph: place.graph, edge: { from, to }, variadic: verdict.variadic } };
  editor.getState().perform(command, { say: `Connected ${from} to ${to}` });
  return true;
}

/** The outputs of the graph in view, with whether each may feed an input. */
export function sourcesFor(to: string): Source[] {
  const { registry, place } = editor.getState();
  return registry ? sourcesOf(editor.getState().design(), registry, place.graph, to, tensorAt) : [];
}
