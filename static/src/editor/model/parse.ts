/** Reading a design from a file: old versions are migrated, anything else is refused in words. */
import { RESERVED, splitEnd } from "./graph";
import { type Design, type Graph, DESIGN_FORMAT, DESIGN_VERSION } from "./types";

export type Parsed = { design: Design; warnings: string[] } | { error: string };

export const MAX_BYTES = 20 * 1024 * 1024;

/** From version to the next; a document walks them until it is current. */
const MIGRATIONS: Record<number, (document: Record<string, unknown>) => Record<string, unknown>> = {
  // Version 2 only adds: nodes can be muted, positions say that a hand placed them, a budget, what was ungrouped.
  1: (document) => document,
  // Version 3 only adds: a repeated node may name the port that carries its history.
  2: (document) => document,
  // Version 4 only adds: a node may be what a generator makes, single instances may differ from their definition.
  3: (document) => document,
};

export function parseDesign(text: string): Parsed {
  if (text.length > MAX_BYTES)
    return { error: `The file has ${Math.round(text.length / 1e6)} MB; a design may have at most 20 MB.` };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const where = error instanceof SyntaxError ? ` (${error.message})` : "";
    return { error: `This file is not JSON${where}. Choose a design that was downloaded from Blockyard.` };
  }
  return readDesign(document);
}

export function readDesign(document: unknown): Parsed {
  if (!isRecord(document)) return { error: "This JSON is not a design: it should be an object with nodes and edges." };
  if (document.format !== DESIGN_FORMAT)
    return { error: `This JSON is not a Blockyard design: its "format" is ${JSON.stringify(document.format) ?? "missing"}.` };
  let version = document.version;
  if (typeof version !== "number" || version > DESIGN_VERSION)
    return {
      error: `This design has version ${JSON.stringify(version)}; this Blockyard reads up to ${DESIGN_VERSION}. Update Blockyard to open it.`,
    };
  let current = document;
  while (version < DESIGN_VERSION) {
    const migrate = MIGRATIONS[version];
    if (!migrate) return { error: `Designs of version ${version} are not known; this Blockyard reads version ${DESIGN_VERSION}.` };
    current = migrate(current);
    version++;
  }
  const warnings: string[] = [];
  const fault = graphFault(current, "the design", warnings);
  if (fault) return { error: fault };
  const groups = isRecord(current.groups) ? current.groups : {};
  for (const [name, group] of Object.entries(groups)) {
    const inner = isRecord(group) ? graphFault(group, `group ${name}`, warnings) : `Group ${name} is not an object.`;
    if (inner) return { error: inner };
  }
  const design = {
    facts: {},
    variables: {},
    ...current,
    version: DESIGN_VERSION,
    name: typeof current.name === "string" && current.name ? current.name : "untitled",
    ...filled(current),
    groups: Object.fromEntries(
      Object.entries(groups).map(([name, group]) => [name, { ...(group as object), ...filled(group as object) }]),
    ),
  } as unknown as Design;
  return { design, warnings };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function filled(graph: object): Graph {
  const { inputs = [], outputs = [], nodes = [], edges = [] } = graph as Partial<Graph>;
  return { ...graph, inputs, outputs, nodes, edges: edges.map(({ from, to }) => ({ from, to })) };
}

function graphFault(graph: Record<string, unknown>, where: string, warnings: string[]): string | null {
  for (const list of ["inputs", "outputs", "nodes", "edges"])
    if (graph[list] !== undefined && !Array.isArray(graph[list])) return `"${list}" of ${where} should be a list.`;
  const ids = new Set<string>();
  for (const node of (graph.nodes ?? []) as unknown[]) {
    if (!isRecord(node) || typeof node.id !== "string") return `A node of ${where} has no id.`;
    if (RESERVED.has(node.id)) return `A node of ${where} is called "${node.id}", which is reserved: rename it.`;
    if (ids.has(node.id)) return `Two nodes of ${where} are called "${node.id}": ids must differ.`;
    if (!node.block && !node.group && !node.generator && !node.choice)
      return `Node "${node.id}" of ${where} names no block, group, generator or choice.`;
    ids.add(node.id);
  }
  for (const port of [...((graph.inputs ?? []) as unknown[]), ...((graph.outputs ?? []) as unknown[])])
    if (!isRecord(port) || typeof port.name !== "string") return `An input or output of ${where} has no name.`;
  for (const edge of (graph.edges ?? []) as unknown[]) {
    if (!isRecord(edge) || typeof edge.from !== "string" || typeof edge.to !== "string")
      return `A wire of ${where} has no "from" and "to".`;
    for (const end of [edge.from, edge.to]) {
      const { node } = splitEnd(end);
      if (!ids.has(node) && !RESERVED.has(node)) warnings.push(`A wire of ${where} hangs at "${end}", which is not there.`);
    }
  }
  return null;
}

export const writeDesign = (design: Design): string => `${JSON.stringify(design, null, 2)}\n`;

/** Do two documents say the same? The order of keys and what is left at its default do not count. */
export const sameDocument = (a: unknown, b: unknown): boolean =>
  JSON.stringify(canonical(a, false)) === JSON.stringify(canonical(b, false));

/** Keys whose values are a person's own: there a null or a false means something. */
const OWN = new Set(["params", "dims", "value", "values", "default", "facts"]);

function canonical(value: unknown, own: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item, own));
  if (!isRecord(value)) return value;
  const said = Object.entries(value).filter(([, item]) => own || !isDefault(item));
  said.sort(([x], [y]) => (x < y ? -1 : 1));
  return Object.fromEntries(said.map(([key, item]) => [key, canonical(item, own || OWN.has(key))]));
}

const isDefault = (value: unknown): boolean =>
  value === null || value === undefined || value === false || (typeof value === "object" && !Object.keys(value).length);
