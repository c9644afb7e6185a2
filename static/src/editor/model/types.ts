/** The design document as the editor holds it. Fields the editor does not know are kept as they came. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Params = Record<string, Json>;

export interface Position {
  x: number;
  y: number;
}

/** Where a node lies; what a hand has placed is pinned, and tidying up leaves it there. */
export interface Spot extends Position {
  pinned?: boolean;
}

/** What a node stands for: a block of the registry, a group of the design, or what a generator makes. */
export interface Alternative {
  block?: string | null;
  group?: string | null;
  /** A function of the engine that makes a group of its params. */
  generator?: string | null;
  params?: Params;
}

export interface DesignNode extends Alternative {
  id: string;
  choice?: Record<string, Alternative> | null;
  pick?: string | null;
  repeat?: number | string | null;
  /** The input port that carries, in each repetition, the chain's input and all that earlier repetitions gave. */
  history?: string | null;
  bypass?: boolean | string;
  /** A muted node gives nothing, and what only it feeds is left out with it. */
  mute?: boolean | string;
  position?: Spot | null;
  label?: string | null;
}

/** One wire, `node.port` to `node.port`. */
export interface Edge {
  from: string;
  to: string;
}

export interface GraphPort {
  name: string;
  kind?: string;
  dims?: Record<string, Json>;
  /** Of a design's output: it is there for training alone, and its loss counts so much. */
  weight?: number | string | null;
  doc?: string | null;
  position?: Spot | null;
}

export interface Graph {
  inputs: GraphPort[];
  outputs: GraphPort[];
  nodes: DesignNode[];
  edges: Edge[];
}

export interface GroupParam {
  default?: Json;
  doc?: string | null;
}

export interface Group extends Graph {
  doc?: string | null;
  params?: Record<string, GroupParam>;
}

export type Domain =
  | { type: "int"; min: number; max: number; step?: number }
  | { type: "float"; min: number; max: number }
  | { type: "choice"; values: Json[] };

export interface Variable {
  value: Json;
  doc?: string | null;
  domain?: Domain | null;
  when?: string | null;
}

/** What the design may cost; a limit that is absent does not hold. */
export interface Budget {
  params?: number | null;
  macs?: number | null;
  peak_activation_bytes?: number | null;
  latency_ms?: number | null;
}

/** What an ungrouped node was; `ids` has for each repetition what became of the definition's nodes. */
export interface Ungrouped {
  graph?: GraphKey;
  node: DesignNode;
  ids: Record<string, string>[];
  /** Kept where no other node stands for the group any more. */
  definition?: Group | null;
}

/** What is different at one instance, named by its path; `*` is any one part of it. */
export interface Override extends Alternative {
  at: string;
  bypass?: boolean | string | null;
  mute?: boolean | string | null;
}

export interface Design extends Graph {
  format: "blockyard.design";
  version: number;
  name: string;
  description?: string | null;
  task?: string | null;
  facts?: Record<string, Record<string, Json>>;
  variables?: Record<string, Variable>;
  groups?: Record<string, Group>;
  ties?: { param: string; to: string }[];
  overrides?: Override[];
  budget?: Budget | null;
  ungrouped?: Ungrouped[];
}

/** Which graph an edit touches: the design's own (null) or a group's definition. */
export type GraphKey = string | null;

export const INPUT = "input";
export const OUTPUT = "output";
export type Side = "inputs" | "outputs";

export const DESIGN_FORMAT = "blockyard.design";
export const DESIGN_VERSION = 4;

export function emptyDesign(name = "untitled"): Design {
  return {
    format: DESIGN_FORMAT,
    version: DESIGN_VERSION,
    name,
    inputs: [],
    outputs: [],
    nodes: [],
    edges: [],
    facts: {},
    variables: {},
    groups: {},
  };
}
