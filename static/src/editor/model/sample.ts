/** What a sample did on its way through the design, as marks over the graph. */
import { percent, plain, sentence } from "@shared/format";
import type { Schemas } from "@shared/types";
import { tightShape } from "./format";
import { joinEnd, joinPath } from "./graph";
import type { MarkTone, NodeMark, Overlay, WireMark } from "./overlay";
import { INPUT } from "./types";

export type Sampled = Schemas["SampleOut"];
export type SampleMark = Schemas["MarkOut"];
type Activation = Schemas["ActivationOut"];

export const SAMPLE_OVERLAY = "sample";

const TONES: Record<SampleMark["kind"], MarkTone> = { nan: "bad", inf: "bad", exploding: "warn", dead: "warn" };
export const toneOf = (mark: SampleMark): MarkTone => (mark.origin ? TONES[mark.kind] : "info");

/** Marks of nodes, and on every group around one where something begins: what, and in which node. */
function nodeMarks(marks: readonly SampleMark[]): Map<string, NodeMark> {
  const nodes = new Map<string, NodeMark>();
  for (const mark of marks) nodes.set(mark.path, { text: sentence(mark.message), tone: toneOf(mark) });
  for (const mark of marks) {
    const parts = mark.path.split(".");
    while (mark.origin && parts.pop() && parts.length) {
      const path = parts.join(".");
      // The first of several is where to look first.
      if (!nodes.has(path)) nodes.set(path, { text: `Inside, ${mark.path.slice(path.length + 1)}: ${mark.message}.`, tone: toneOf(mark) });
    }
  }
  return nodes;
}

/** Everything that is said of one value, by name. */
export function figuresOf(value: Activation, samples: number): [string, string][] {
  const rows: [string, string][] = [["Shape", `${tightShape(value.shape)}, ${value.dtype}`]];
  if (value.mean === null) rows.push(["Mean", "no finite number"]);
  else rows.push(["Mean", plain(value.mean)], ["Standard deviation", plain(value.std)], ["Least, greatest", `${plain(value.min)}, ${plain(value.max)}`]);
  rows.push(["Zeros", percent(value.zeros)]);
  if (value.channels !== null) {
    const share = percent((value.dead ?? 0) / Math.max(1, value.channels), 0);
    rows.push([samples > 1 ? `Dead for all ${samples} samples` : "Dead channels", `${value.dead} of ${value.channels}, ${share}`]);
  }
  if (value.nan || value.inf) rows.push(["Not finite", [value.nan && `${value.nan} NaN`, value.inf && `${value.inf} infinite`].filter(Boolean).join(", ")]);
  return rows;
}

function wireMark(value: Activation, samples: number): WireMark {
  return {
    ...(value.picture ? { picture: value.picture, caption: value.caption } : {}),
    ...(value.nan ? { text: "NaN", tone: "bad" } : value.inf ? { text: "∞", tone: "bad" } : {}),
    figures: figuresOf(value, samples),
  };
}

/** The marks of one sample; `name` says which it was. */
export function sampleOverlay(found: Sampled, name: string): Overlay {
  const marks = found.values.map((value) => wireMark(value, found.samples));
  const wires = new Map<string, WireMark>();
  for (const [path, ports] of Object.entries(found.nodes)) {
    for (const [port, at] of Object.entries(ports.outputs)) wires.set(joinEnd(path, port), marks[at]!);
    for (const [port, at] of Object.entries(ports.inputs)) wires.set(joinPath(path, joinEnd(INPUT, port)), marks[at]!);
  }
  for (const [port, at] of Object.entries(found.inputs)) {
    const seen = found.sample.inputs[port];
    const mark = { ...marks[at]! };
    if (seen?.image) Object.assign(mark, { picture: seen.image, caption: "what the input sees, before it is normalised" });
    if (seen?.text != null) {
      // Token ids make no picture that says more than the text.
      delete mark.picture;
      delete mark.caption;
      mark.words = seen.text;
    }
    wires.set(joinEnd(INPUT, port), mark);
  }
  const weights = found.weights === "trained" ? "trained weights" : `untrained weights, seed ${found.seed}`;
  return {
    id: SAMPLE_OVERLAY,
    title: name,
    legend: `${weights}; amber is above zero, blue below`,
    nodes: nodeMarks(found.marks),
    wires,
  };
}
