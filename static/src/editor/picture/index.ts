/** The graph in view as a picture that carries its design: drop it on a canvas, and it opens. Loaded on demand. */
import { sizeOf } from "../canvas/bridge";
import { KEYWORD, writePngText } from "../model/png";
import { editor } from "../state/store";
import { paletteOf } from "./colours";
import { type Painted, paint } from "./paint";
import { sketchOf } from "./sketch";

const SHARP = 2;
/** What browsers can paint on one canvas. */
const MOST = { side: 32_000, pixels: 60_000_000 };

function painted(): Painted {
  const { registry, report, issues, overlay, place, history, direction } = editor.getState();
  const design = history.design;
  const sketch = sketchOf({ registry, report, issues, overlay, place, design }, direction, sizeOf);
  const host = document.querySelector(".ed") ?? document.body;
  return paint(sketch, paletteOf(host, new Set(sketch.nodes.map((node) => node.view.family))), JSON.stringify(design));
}

export const svgPicture = (): Blob => new Blob([painted().svg], { type: "image/svg+xml" });

/** The SVG painted on a canvas, as sharp as a browser can make it. */
export async function pngPicture(): Promise<Blob> {
  const { svg, width, height } = painted();
  const scale = Math.min(SHARP, MOST.side / Math.max(width, height), Math.sqrt(MOST.pixels / (width * height)));
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(width * scale);
    canvas.height = Math.floor(height * scale);
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (!blob) throw new Error("The picture is too large for this browser; download it as SVG instead.");
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return new Blob([writePngText(bytes, KEYWORD, JSON.stringify(editor.getState().design()))], { type: "image/png" });
  } finally {
    URL.revokeObjectURL(address);
  }
}
