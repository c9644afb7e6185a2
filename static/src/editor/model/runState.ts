/** What a training told of each node when it was last looked at, as marks over the graph. */
import { percent, significant } from "@shared/format";
import type { Schemas } from "@shared/types";
import type { MarkTone, NodeMark, Overlay } from "./overlay";

export type NodeFigures = Partial<Schemas["NodeFigures"]>;
export type RunNodes = { step: number | null; nodes: Record<string, NodeFigures> };
export type RunFigure = "gradient" | "weight" | "update" | "dead";

export const RUN_OVERLAY = "run";
const NO_WIRES = new Map();
/** From this share of dead units on a node is marked. */
const MANY_DEAD = 0.5;

export const RUN_FIGURES: readonly { id: RunFigure; title: string; help: string }[] = [
  { id: "gradient", title: "Gradient", help: "Norm of the gradients of its weights, before clipping" },
  { id: "weight", title: "Weight", help: "Norm of its weights" },
  { id: "update", title: "Update", help: "What the step changed, as a share of the weights' norm; about 0.001 is usual" },
  { id: "dead", title: "Dead", help: "Share of an activation's units that were zero for the whole batch" },
];

/** What a group's nodes came to together: norms by Pythagoras, of dead units the worst. */
function together(parts: readonly NodeFigures[]): NodeFigures {
  const norm = (of: (one: NodeFigures) => number | null | undefined): number | undefined => {
    const known = parts.map(of).filter((one): one is number => one != null);
    return known.length ? Math.hypot(...known) : undefined;
  };
  const whole: NodeFigures = {};
  const gradient = norm((one) => one.gradient);
  const weight = norm((one) => one.weight);
  const change = norm((one) => (one.update == null || one.weight == null ? null : one.update * one.weight));
  const dead = parts.map((one) => one.dead).filter((one): one is number => one != null);
  if (gradient !== undefined) whole.gradient = gradient;
  if (weight !== undefined) whole.weight = weight;
  if (change !== undefined && weight) whole.update = change / weight;
  if (dead.length) whole.dead = Math.max(...dead);
  const bad = new Set(parts.flatMap((one) => one.nonfinite ?? []));
  if (bad.size) whole.nonfinite = [...bad];
  return whole;
}

/** Every node with the groups and repetitions around it. */
function withGroups(nodes: RunNodes["nodes"]): Map<string, NodeFigures> {
  const inside = new Map<string, NodeFigures[]>();
  for (const [path, figures] of Object.entries(nodes)) {
    const parts = path.split(".");
    while (parts.pop() && parts.length) {
      const outer = parts.join(".");
      inside.set(outer, [...(inside.get(outer) ?? []), figures]);
    }
  }
  const all = new Map<string, NodeFigures>(Object.entries(nodes));
  for (const [path, figures] of inside) if (!all.has(path)) all.set(path, together(figures));
  return all;
}

const figure = (value: number): string => (value === 0 || Math.abs(value) >= 1e-3 ? significant(value) : value.toExponential(1));

function words(figures: NodeFigures): string {
  const parts = [];
  if (figures.nonfinite?.length) parts.push(`${figures.nonfinite.join(", ")} not a number`);
  if (figures.gradient != null) parts.push(`gradient ${figure(figures.gradient)}`);
  if (figures.weight != null) parts.push(`weight ${figure(figures.weight)}`);
  if (figures.update != null) parts.push(`update ${figure(figures.update)}`);
  if (figures.dead != null) parts.push(`${percent(figures.dead, 0)} dead`);
  return parts.join(" · ");
}

const toneOf = (figures: NodeFigures): MarkTone => (figures.nonfinite?.length ? "bad" : (figures.dead ?? 0) >= MANY_DEAD ? "warn" : "info");

/** 0 to 1 between the least and the greatest, by size of magnitude for norms; shares as they are. */
function heats(all: Map<string, NodeFigures>, by: RunFigure): Map<string, number> {
  const scale = by === "dead" ? (value: number) => value : Math.log10;
  const known = [...all].flatMap(([path, figures]) => {
    const value = figures[by];
    return value == null || (by !== "dead" && value <= 0) ? [] : [[path, scale(value)] as const];
  });
  if (by === "dead") return new Map(known);
  const values = known.map(([, value]) => value);
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  return new Map(known.map(([path, value]) => [path, (value - low) / range]));
}

/** The marks of a run's newest look; null before its first. */
export function runOverlay(seen: RunNodes, name: string, by: RunFigure): Overlay | null {
  if (seen.step === null) return null;
  const all = withGroups(seen.nodes);
  const heat = heats(all, by);
  const nodes = new Map<string, NodeMark>();
  for (const [path, figures] of all) {
    const found = heat.get(path);
    nodes.set(path, { text: words(figures), tone: toneOf(figures), title: HELP, ...(found === undefined ? {} : { heat: found }) });
  }
  const { title, help } = RUN_FIGURES.find((one) => one.id === by)!;
  return { id: RUN_OVERLAY, title: `${name}, step ${seen.step.toLocaleString("en-US")}`, legend: `coloured by ${title.toLowerCase()}: ${help.toLowerCase()}`, nodes, wires: NO_WIRES };
}

const HELP = RUN_FIGURES.map((one) => `${one.title}: ${one.help}.`).join("\n");
