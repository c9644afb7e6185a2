/** What `/api/registry` says of blocks, and the ports of a node that follow from it. */
import { groupOf, meaningOf } from "./graph";
import type { Alternative, Design, DesignNode, Json } from "./types";

export interface Port {
  name: string;
  dims: string;
  dtype: string;
  optional: boolean;
  variadic: boolean;
  role: string;
}

export interface Source {
  title: string;
  authors: string;
  year: number;
  url?: string;
}

/** What a block computes: lines of LaTeX, and in words what their symbols are. */
export interface Formula {
  lines: string[];
  where: string;
}

/** The part of JSON schema that a form needs. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  "x-follows"?: { port: string; dim: string };
}

export interface Entry {
  kind: string;
  id: string;
  version: number;
  family: string;
  title: string;
  help: string;
  doc: string;
  schema: Schema;
  ports: { inputs: Port[]; outputs: Port[] };
  source: Source | null;
  formula: Formula | null;
  traits: Record<string, Json>;
  tags: string[];
}

export interface Registry {
  blocks: Map<string, Entry>;
  generators: Map<string, Entry>;
  tasks: Entry[];
  /** Ways to make a design into another one. */
  transforms: Entry[];
}

/** Reads the answer of `/api/registry`, whether a list of entries or entries by kind. */
export function readRegistry(answer: unknown): Registry {
  const body = answer as { items?: Entry[]; entries?: Entry[] } & Record<string, Entry[]>;
  const lists = Array.isArray(answer) ? [answer as Entry[]] : Object.values(body).filter(Array.isArray);
  const entries = lists.flat();
  const byId = (kind: string) => new Map(entries.filter((entry) => entry.kind === kind).map((entry) => [entry.id, entry]));
  return {
    blocks: byId("block"),
    generators: byId("generator"),
    tasks: entries.filter((entry) => entry.kind === "task"),
    transforms: entries.filter((entry) => entry.kind === "transform"),
  };
}

/** What the registry says of what a node stands for; nothing of a group, which the design defines. */
export const entryOf = (registry: Registry | null, one: Alternative): Entry | undefined =>
  one.block ? registry?.blocks.get(one.block) : one.generator ? registry?.generators.get(one.generator) : undefined;

const dataPort = (name: string): Port => ({
  name,
  dims: "N ...",
  dtype: "any",
  optional: false,
  variadic: false,
  role: "data",
});

export interface NodePorts {
  inputs: Port[];
  outputs: Port[];
}

const NONE: NodePorts = { inputs: [], outputs: [] };
const groupPorts = new WeakMap<object, NodePorts>();

export function portsOfAlternative(design: Design, registry: Registry, one: Alternative): NodePorts {
  if (one.group) {
    const group = groupOf(design, one.group);
    if (!group) return NONE;
    let ports = groupPorts.get(group);
    if (!ports) {
      ports = {
        inputs: group.inputs.map((port) => dataPort(port.name)),
        outputs: group.outputs.map((port) => dataPort(port.name)),
      };
      groupPorts.set(group, ports);
    }
    return ports;
  }
  return entryOf(registry, one)?.ports ?? NONE;
}

export const portsOf = (design: Design, registry: Registry, node: DesignNode): NodePorts =>
  portsOfAlternative(design, registry, meaningOf(design, node));

export const KIND_DIMS: Record<string, { dims: string; dtype: string; sizes: string[] }> = {
  image: { dims: "N C H W", dtype: "float", sizes: ["C", "H", "W"] },
  tokens: { dims: "N L", dtype: "int", sizes: ["L"] },
  table: { dims: "N F", dtype: "float", sizes: ["F"] },
};

/** The port by which a design's own input of that kind is seen from inside. */
export const inputPort = (name: string, kind?: string): Port => {
  const known = kind ? KIND_DIMS[kind] : undefined;
  return known ? { ...dataPort(name), dims: known.dims, dtype: known.dtype } : dataPort(name);
};

export const outputPort = dataPort;
