/** May this wire be drawn? A hint while drawing, from port annotations and known shapes; the server has the last word. */
import { closesLoop, downstream, graphOf, joinEnd, nodeOf, splitEnd } from "./graph";
import { type Port, type Registry, inputPort, outputPort, portsOf } from "./registry";
import { type Design, type GraphKey, INPUT, OUTPUT } from "./types";

export type Verdict = { ok: true; variadic: boolean } | { ok: false; reason: string };

const no = (reason: string): Verdict => ({ ok: false, reason });

export function findPort(
  design: Design,
  registry: Registry,
  key: GraphKey,
  end: string,
  side: "inputs" | "outputs",
): Port | undefined {
  const graph = graphOf(design, key);
  const { node: id, port: name } = splitEnd(end);
  if (id === INPUT && side === "outputs") {
    const port = graph?.inputs.find((one) => one.name === name);
    return port && inputPort(port.name, port.kind);
  }
  if (id === OUTPUT && side === "inputs") {
    const port = graph?.outputs.find((one) => one.name === name);
    return port && outputPort(port.name);
  }
  const node = nodeOf(graph, id);
  return node && portsOf(design, registry, node)[side].find((port) => port.name === name);
}

/** Does a tensor of that rank, batch included, go through dims such as `N C H W` or `N ... D`? */
export function rankFits(dims: string, rank: number): boolean {
  const names = dims.split(/\s+/).filter(Boolean);
  return names.includes("...") ? rank >= names.length - 1 : rank === names.length;
}

const fixedRank = (dims: string): number | null => (dims.includes("...") ? null : dims.split(/\s+/).filter(Boolean).length);

const dtypeKind = (dtype: string): string => (dtype.startsWith("int") || dtype.startsWith("uint") ? "int" : dtype.startsWith("float") || dtype.startsWith("bfloat") ? "float" : dtype);

export interface Tensor {
  shape: number[] | null;
  dtype?: string | null;
}

const show = (shape: number[]): string => shape.join("×") || "scalar";

/** Why a tensor does not fit a port, or null. `tensor` is what is known of it, without the batch dim. */
export function misfit(source: Port, target: Port, tensor?: Tensor): string | null {
  const dtype = dtypeKind(tensor?.dtype ?? source.dtype);
  const wants = dtypeKind(target.dtype);
  if (wants !== "any" && dtype !== "any" && wants !== dtype)
    return wants === "int"
      ? `${target.name} takes whole numbers (tokens), this is ${dtype}.`
      : `${target.name} takes ${wants} values, this is ${dtype}: put an embedding between them.`;
  if (tensor?.shape) {
    if (!rankFits(target.dims, tensor.shape.length + 1))
      return `${target.name} expects ${target.dims}, this is N×${show(tensor.shape)}.`;
    return null;
  }
  const rank = fixedRank(source.dims);
  if (rank !== null && !rankFits(target.dims, rank)) return `${target.name} expects ${target.dims}, this is ${source.dims}.`;
  return null;
}

export function canConnect(
  design: Design,
  registry: Registry,
  key: GraphKey,
  from: string,
  to: string,
  tensor?: Tensor,
): Verdict {
  const graph = graphOf(design, key);
  if (!graph) return no("This graph is gone.");
  const source = findPort(design, registry, key, from, "outputs");
  const target = findPort(design, registry, key, to, "inputs");
  if (!source) return no(`There is no output ${from}.`);
  if (!target) return no(`There is no input ${to}.`);
  const a = splitEnd(from).node;
  const b = splitEnd(to).node;
  if (a === b) return no("A node cannot feed itself.");
  if (closesLoop(graph, a, b)) return no(`This would close a loop: ${b} already leads to ${a}.`);
  const reason = misfit(source, target, tensor);
  return reason ? no(reason) : { ok: true, variadic: target.variadic };
}

export interface Source {
  from: string;
  verdict: Verdict;
}

/** Every output of a graph with whether it may feed an input, and why not. */
export function sourcesOf(
  design: Design,
  registry: Registry,
  key: GraphKey,
  to: string,
  tensorOf: (from: string) => Tensor | undefined,
): Source[] {
  const graph = graphOf(design, key);
  const target = findPort(design, registry, key, to, "inputs");
  if (!graph || !target) return [];
  const own = splitEnd(to).node;
  // Asked once for all of them: a graph may have a thousand outputs.
  const after = own === OUTPUT ? new Set<string>() : downstream(graph, own);
  const judge = (from: string, node: string, port: Port): Source => {
    if (node === own) return { from, verdict: no("A node cannot feed itself.") };
    if (after.has(node)) return { from, verdict: no(`This would close a loop: ${own} already leads to ${node}.`) };
    const reason = misfit(port, target, tensorOf(from));
    return { from, verdict: reason ? no(reason) : { ok: true, variadic: target.variadic } };
  };
  return [
    ...graph.inputs.map((port) => judge(joinEnd(INPUT, port.name), INPUT, inputPort(port.name, port.kind))),
    ...graph.nodes.flatMap((node) => portsOf(design, registry, node).outputs.map((port) => judge(joinEnd(node.id, port.name), node.id, port))),
  ];
}
