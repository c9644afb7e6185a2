import type { DatasetRow } from "@shared/types";
import type { Panel } from "../panels";
import type { Command } from "../model/commands";
import type { Imported, Kept } from "./server";
import type { Direction } from "../layout/layered";
import type { Clip } from "../model/clipboard";
import type { Place, Step } from "../model/graph";
import type { History, Step as LogStep } from "../model/history";
import type { Port, Registry } from "../model/registry";
import type { Measured } from "../model/latency";
import type { Overlay } from "../model/overlay";
import type { Profiling } from "../model/profile";
import type { Issue, Report } from "../model/report";
import type { Design, Edge, GraphKey, Position } from "../model/types";
import type { Sampling } from "./sampling";
import type { Watched } from "./watching";

export type View = "graph" | "outline" | "code";

/** Where quick add was opened and what it should be wired to. */
export interface QuickAdd {
  /** On the screen, for the box; in the graph, for the node. */
  screen: Position;
  at: Position;
  wire?: { end: string; side: "from" | "to" };
  /** Wires that the new node is put into. */
  into?: Edge[];
}

/** Two designs side by side: what they are called, and their documents. */
export interface Comparison {
  titles: [before: string, after: string];
  before: Design;
  after: Design;
}

/** What help is shown on, and at which path of the design it was asked for, if at one. */
export interface HelpOn {
  block?: string;
  group?: string;
  generator?: string;
  path?: string;
}

/** A wire being drawn: which end it starts from. */
export interface Drawing {
  end: string;
  side: "from" | "to";
  port: Port;
}

export type SaveState =
  | { kind: "pristine" }
  | { kind: "saved"; at: number }
  | { kind: "waiting" }
  | { kind: "saving" }
  | { kind: "away"; message: string }
  | { kind: "refused"; message: string }
  | { kind: "conflict"; number: number; draft: unknown };

export type AnalysisState = { kind: "none" } | { kind: "busy" } | { kind: "fresh" } | { kind: "away"; message: string };

export type Tone = "info" | "good" | "bad";

export interface EditorState {
  history: History;
  steps: Step[];
  place: Place;
  selected: ReadonlySet<string>;
  selectedEdges: ReadonlySet<string>;

  registry: Registry | null;
  registryError: string | null;
  datasets: DatasetRow[];
  dataset: string | null;

  report: Report | null;
  /** Issues of the graph in view by canvas id. */
  issues: ReadonlyMap<string, Issue[]>;
  analysis: AnalysisState;
  /** Latencies that runs of this design measured, newest version first. */
  measured: readonly Measured[];
  /** The variable that is pointed at; nodes that hang on it light up. */
  lit: string | null;
  /** Marks over the graph; whoever makes them keeps them current. */
  overlay: Overlay | null;
  sampling: Sampling;
  profiling: Profiling;
  /** The run whose nodes are shown, and by which figure they are coloured. */
  watched: Watched | null;

  designId: string | null;
  zooId: string | null;
  version: number | null;
  save: SaveState;
  /** The document as the site last acknowledged it. */
  acknowledged: Design | null;
  draftNumber: number;

  panel: Panel | null;
  inspector: boolean;
  view: View;
  direction: Direction;
  quickAdd: QuickAdd | null;
  /** Shown in place of the canvas while it is set. */
  comparison: Comparison | null;
  dialog: "keys" | "save" | "train" | "commands" | "find" | "connect" | "imported" | "transform" | "profile" | null;
  /** What a model that was opened last left to say and to do. */
  imported: (Imported & { file: File; kept?: Kept }) | null;
  help: HelpOn | null;
  drawing: Drawing | null;
  clip: Clip | null;
  said: string;
  /** Grows when the canvas should show everything or certain nodes. */
  focus: { ids: string[] | null; count: number };

  design(): Design;
  graph(): GraphKey;
  perform(command: Command, step?: LogStep & { say?: string }): void;
  undo(): void;
  redo(): void;
  /** Shows another document as if just opened; the log starts anew. */
  open(design: Design, from: Partial<Pick<EditorState, "designId" | "zooId" | "version" | "draftNumber" | "acknowledged">>): void;
  select(nodes: Iterable<string>, edges?: Iterable<string>): void;
  enter(node: string): void;
  goTo(steps: Step[], select?: string[]): void;
  setReport(report: Report): void;
  notify(text: string, tone?: Tone): void;
  say(text: string): void;
  show(ids: string[] | null): void;
  set(patch: Partial<EditorState>): void;
}
