/** What can stand in the place of another node. */
import { splitEnd } from "./graph";
import type { NodePorts } from "./registry";
import type { Graph } from "./types";

/** Do the wires of a node find their ports at something with these, and what it needs its wires? */
export function fitsInPlace(graph: Graph, id: string, { inputs, outputs }: NodePorts): boolean {
  const ends = (side: "from" | "to"): Set<string> => new Set(graph.edges.map((edge) => splitEnd(edge[side])).filter((end) => end.node === id).map((end) => end.port));
  const into = ends("to");
  const out = ends("from");
  const has = (ports: NodePorts["inputs"], name: string): boolean => ports.some((port) => port.name === name);
  return [...into].every((name) => has(inputs, name)) && [...out].every((name) => has(outputs, name)) && inputs.every((port) => port.optional || into.has(port.name));
}
