/** The theme's colours as they are now, light or dark, written out: a picture has no style sheet. */
import { familyColour } from "../parts/family";
import type { Palette } from "./paint";

export function paletteOf(host: Element, families: Iterable<string>): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const known = new Map<string, string>();
  /** Any colour that CSS can say, as a plain number: mixed ones are computed in forms that not every viewer reads. */
  const written = (css: string): string => {
    let found = known.get(css);
    if (found) return found;
    probe.style.color = css;
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    found = `#${[red, green, blue].map((part) => part!.toString(16).padStart(2, "0")).join("")}`;
    known.set(css, found);
    return found;
  };
  const wire = (kind: string): string => written(`color-mix(in srgb, var(--wire-${kind}) 78%, var(--bg))`);
  const family = (name: string): string => written(familyColour(name));
  const found = new Map([...families].map((name) => [name, family(name)]));
  const palette: Palette = {
    page: written("var(--bg)"),
    surface: written("var(--surface)"),
    text: written("var(--text)"),
    muted: written("var(--muted)"),
    line: written("var(--line)"),
    lineStrong: written("var(--line-strong)"),
    bad: written("var(--bad-fill)"),
    badSoft: written("color-mix(in srgb, var(--bad-soft) 92%, var(--surface))"),
    wires: { image: wire("image"), sequence: wire("sequence"), vector: wire("vector"), tokens: wire("tokens"), any: wire("any") },
    family: (name) => found.get(name)!,
  };
  probe.remove();
  return palette;
}
