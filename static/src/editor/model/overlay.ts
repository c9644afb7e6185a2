/** A layer of marks over the graph: what nodes cost, what a sample did to them, what differs. One shows at a time. */
import { joinPath } from "./graph";
import type { Edge } from "./types";

export type MarkTone = "info" | "good" | "warn" | "bad";

export interface NodeMark {
  /** 0 to 1: how strongly the node is coloured, on the canvas and on the map. */
  heat?: number;
  /** A few words on the node. */
  text?: string;
  /** The whole story, on hover. */
  title?: string;
  tone?: MarkTone;
}

export interface WireMark extends Omit<NodeMark, "heat"> {
  /** Address of a small picture of what travels here. */
  picture?: string;
  /** What the picture shows. */
  caption?: string;
  /** What is told in full, by name; shown on hover and in the inspector. */
  figures?: readonly (readonly [name: string, value: string])[];
  /** What travels here as text. */
  words?: string;
}

export interface Overlay {
  id: string;
  /** What is shown, in words: "MACs", "Sample 12 of digits". */
  title: string;
  /** What the colours mean, in a sentence. */
  legend?: string;
  /** By instance path, `stage1.0.conv1`. */
  nodes: ReadonlyMap<string, NodeMark>;
  /** By the path of the end a wire starts from, `stage1.0.conv1.y`; see `wireKey`. */
  wires: ReadonlyMap<string, WireMark>;
}

/** A wire's key: all wires out of one port carry the same tensor. */
export const wireKey = (path: string, edge: Edge): string => joinPath(path, edge.from);

/** The mark of a node; one that is repeated answers with its first repetition where it has none of its own. */
export const nodeMark = (overlay: Overlay | null, path: string): NodeMark | undefined =>
  overlay?.nodes.get(path) ?? overlay?.nodes.get(`${path}.0`);
