/** A sketch as an SVG that needs nothing around it: every colour and font is written down in it. */
import { capital, short, tightShape } from "../model/format";
import { escapeXml, svgMetadata } from "../model/svg";
import type { WireKind } from "../canvas/kinds";
import type { PortView } from "../canvas/scene";
import { type Sketch, type SketchedEnd, type SketchedNode, portAt } from "./sketch";

/** Colours as the page shows them now, light or dark. */
export interface Palette {
  page: string;
  surface: string;
  text: string;
  muted: string;
  line: string;
  lineStrong: string;
  bad: string;
  badSoft: string;
  wires: Record<WireKind, string>;
  family: (name: string) => string;
}

export interface Painted {
  svg: string;
  width: number;
  height: number;
}

const MARGIN = 36;
const TITLE = 34;
const SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
/** Average widths of letters as a part of the font's size; wide enough that nothing runs out of its box. */
const LETTER = { sans: 0.53, mono: 0.61 };
const ISSUE = { width: 252, gap: 12, line: 16, letters: 40, lines: 8 };

interface Style {
  size?: number;
  weight?: number;
  mono?: boolean;
  fill: string;
  anchor?: "start" | "middle" | "end";
}

const round = (value: number): number => Math.round(value * 10) / 10;

const widthOf = (text: string, { size = 13, mono }: Style): number => text.length * size * (mono ? LETTER.mono : LETTER.sans);

function fitted(text: string, room: number, style: Style): string {
  if (widthOf(text, style) <= room) return text;
  const letters = Math.floor(room / widthOf("x", style)) - 1;
  return letters > 0 ? `${text.slice(0, letters)}…` : "";
}

function label(text: string, x: number, y: number, style: Style): string {
  const { size = 13, weight = 400, mono, fill, anchor = "start" } = style;
  return `<text x="${round(x)}" y="${round(y)}" font-family="${mono ? MONO : SANS}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
}

const box = (x: number, y: number, width: number, height: number, radius: number, rest: string): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}" ${rest}/>`;

/** The whole sketch; `design` is what the picture carries inside. */
export function paint(sketch: Sketch, colours: Palette, design: string): Painted {
  const issues = sketch.nodes.map((node) => issueOf(node, sketch, colours));
  const bounds = boundsOf(sketch, issues);
  const width = Math.ceil(bounds.right - bounds.left + 2 * MARGIN);
  const height = Math.ceil(bounds.bottom - bounds.top + 2 * MARGIN + TITLE);
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(sketch.title)}</title>`,
    svgMetadata(design),
    `<rect width="${width}" height="${height}" fill="${colours.page}"/>`,
    label(sketch.title, MARGIN, MARGIN, { size: 18, weight: 650, fill: colours.text }),
    `<g transform="translate(${round(MARGIN - bounds.left)} ${round(MARGIN + TITLE - bounds.top)})">`,
    ...sketch.wires.map((one) => `<path d="${one.path}" fill="none" stroke="${colours.wires[one.kind]}" stroke-width="1.8"/>`),
    ...sketch.nodes.map((node) => nodeOf(node, sketch, colours)),
    ...sketch.ends.map((end) => endOf(end, sketch, colours)),
    ...sketch.wires.filter((one) => one.label).map((one) => wireLabel(one.label, one.at.x, one.at.y, colours)),
    ...issues.map((issue) => issue?.svg ?? ""),
    "</g></svg>",
  ].join("\n");
  return { svg, width, height };
}

function boundsOf(sketch: Sketch, issues: (Issue | null)[]) {
  const rects = [...sketch.nodes, ...sketch.ends, ...issues.filter((one) => one !== null)];
  const wires = sketch.wires.map((one) => one.at);
  if (!rects.length) return { left: 0, top: 0, right: 360, bottom: 120 };
  return {
    left: Math.min(...rects.map((rect) => rect.x), ...wires.map((at) => at.x - 30)),
    top: Math.min(...rects.map((rect) => rect.y)),
    right: Math.max(...rects.map((rect) => rect.x + rect.width), ...wires.map((at) => at.x + 30)),
    bottom: Math.max(...rects.map((rect) => rect.y + rect.height)),
  };
}

const wireLabel = (text: string, x: number, y: number, colours: Palette): string =>
  `<text x="${round(x)}" y="${round(y + 4)}" font-family="${MONO}" font-size="10.5" fill="${colours.muted}" text-anchor="middle" stroke="${colours.page}" stroke-width="5" stroke-linejoin="round" paint-order="stroke">${escapeXml(text)}</text>`;

function nodeOf(node: SketchedNode, sketch: Sketch, colours: Palette): string {
  const { x, y, width, height, view, id } = node;
  const family = colours.family(view.family);
  const broken = view.issues?.some((issue) => issue.severity !== "warning");
  const stroke = `fill="${colours.surface}" stroke="${broken ? colours.bad : colours.line}"${view.bypassed ? ' stroke-dasharray="4 3"' : ""}`;
  const shape = view.output?.shape ? tightShape(view.output.shape) : "–";
  const figures = [view.params ? `${short(view.params)} params` : "", view.macs ? `${short(view.macs)} MACs` : ""].filter(Boolean).join("\u00a0\u00a0");
  const badge = view.repeat !== null ? `×${view.repeat}` : view.options ? `${view.options.names.length} options` : "";
  const room = width - 20;
  const title = { weight: 620, fill: colours.text };
  const small = { size: 11, fill: colours.muted };
  const badgeWidth = badge ? widthOf(badge, { ...small, mono: true }) + 18 : 0;
  const shown = fitted(view.title, room * 0.7 - badgeWidth, title);
  const left = room - widthOf(shown, title) - badgeWidth - 8;
  return [
    `<g${view.bypassed ? ' opacity="0.62"' : ""}><title>${escapeXml(`${id}: ${view.title}`)}</title>`,
    view.group !== null ? box(x + 3, y + 3, width + 2, height + 2, 10, `fill="${colours.surface}" stroke="${family}" stroke-opacity="0.5"`) : "",
    box(x, y, width, height, 10, stroke),
    `<path d="M${round(x + 1)} ${round(y + 8)}a9 9 0 0 1 9 -7.500h${round(width - 20)}a9 9 0 0 1 9 7.500a9 9 0 0 0 -9 -4.500h-${round(width - 20)}a9 9 0 0 0 -9 4.500Z" fill="${family}"/>`,
    label(shown, x + 10, y + 22, title),
    label(fitted(id, left, { ...small, mono: true }), x + width - 10 - badgeWidth, y + 22, { ...small, mono: true, anchor: "end" }),
    badge ? label(badge, x + width - 10, y + 22, { ...small, mono: true, weight: 650, fill: family, anchor: "end" }) : "",
    view.summary ? label(fitted(view.summary, room, small), x + 10, y + 42, small) : "",
    `<path d="M${round(x)} ${round(y + height - 27)}h${round(width)}" stroke="${colours.line}"/>`,
    label(shape, x + 10, y + height - 10, { size: 11, weight: 600, mono: true, fill: colours.text }),
    label(figures, x + width - 10, y + height - 10, { ...small, anchor: "end" }),
    view.bypassed ? label("bypassed", x + width - 10, y - 4, { ...small, weight: 600, anchor: "end" }) : "",
    ...portsOf(node, view.inputs, "inputs", sketch, colours),
    ...portsOf(node, view.outputs, "outputs", sketch, colours),
    "</g>",
  ].join("");
}

function portsOf(node: SketchedNode, ports: PortView[], side: "inputs" | "outputs", sketch: Sketch, colours: Palette): string[] {
  return ports.map((one, at) => {
    const { x, y } = portAt(node, side, at, ports.length, sketch.direction);
    const fill = one.unknown ? colours.bad : colours.wires[one.kind];
    const down = sketch.direction === "down";
    const name = ports.length > 1 ? one.port.name : "";
    const nameY = down ? (side === "inputs" ? y - 9 : y + 16) : y - 8;
    const anchor = down ? "middle" : side === "inputs" ? "end" : "start";
    const nameX = down ? x : side === "inputs" ? x - 9 : x + 9;
    const [across, along] = one.port.variadic ? (down ? [11, 5.5] : [5.5, 11]) : [5.5, 5.5];
    return (
      box(x - across, y - along, across * 2, along * 2, 5.5, `fill="${fill}" stroke="${colours.surface}" stroke-width="2"`) +
      (name ? label(name, nameX, nameY, { size: 10, mono: true, fill: colours.muted, anchor }) : "")
    );
  });
}

function endOf(end: SketchedEnd, sketch: Sketch, colours: Palette): string {
  const { x, y, width, height } = end;
  const side = end.side === "input" ? "outputs" : "inputs";
  const port = portAt(end, side, 0, 1, sketch.direction);
  const name = fitted(end.name, width - 40 - widthOf(end.about, { size: 11, fill: "" }), { fill: "" });
  const about = `<tspan font-size="11" font-weight="400" fill="${colours.muted}">${escapeXml(end.about)}</tspan>`;
  return [
    box(x, y, width, height, Math.min(24, height / 2), `fill="${colours.surface}" stroke="${end.broken ? colours.bad : colours.lineStrong}"`),
    `<text x="${round(x + width / 2)}" y="${round(y + 22)}" font-family="${SANS}" font-size="13" font-weight="600" fill="${colours.text}" text-anchor="middle">${about}<tspan dx="8">${escapeXml(name)}</tspan></text>`,
    label(end.shape, x + width / 2, y + 40, { size: 11, weight: 600, mono: true, fill: colours.text, anchor: "middle" }),
    box(port.x - 5.5, port.y - 5.5, 11, 11, 5.5, `fill="${colours.wires[end.kind]}" stroke="${colours.surface}" stroke-width="2"`),
  ].join("");
}

interface Issue {
  x: number;
  y: number;
  width: number;
  height: number;
  svg: string;
}

/** What is wrong with a node, beside it, in words. */
function issueOf(node: SketchedNode, sketch: Sketch, colours: Palette): Issue | null {
  const first = node.view.issues?.[0];
  if (!first) return null;
  const lines = wrapped(`${capital(first.message)}.${first.remedy ? ` ${capital(first.remedy)}.` : ""}`);
  const down = sketch.direction === "down";
  const x = down ? node.x + node.width + ISSUE.gap : node.x;
  const y = down ? node.y : node.y + node.height + ISSUE.gap;
  const height = lines.length * ISSUE.line + 12;
  const svg = [
    box(x, y, ISSUE.width, height, 10, `fill="${colours.badSoft}" stroke="${colours.bad}" stroke-opacity="0.5"`),
    ...lines.map((line, at) => label(line, x + 10, y + 19 + at * ISSUE.line, { size: 12, fill: colours.text })),
  ].join("");
  return { x, y, width: ISSUE.width, height, svg };
}

function wrapped(text: string): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line && line.length + word.length >= ISSUE.letters) lines.push(word.slice(0, ISSUE.letters));
    else lines[lines.length - 1] = line ? `${line} ${word}` : word.slice(0, ISSUE.letters);
  }
  return lines.length > ISSUE.lines ? [...lines.slice(0, ISSUE.lines - 1), "…"] : lines;
}
