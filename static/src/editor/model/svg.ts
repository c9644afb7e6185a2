/** A text inside an SVG, in its metadata: how a drawing of a graph carries its design. */

const ID = "blockyard-design";
const HELD = new RegExp(`<metadata\\b[^>]*\\bid="${ID}"[^>]*>([^]*?)</metadata>`);
const NAMED: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const MEANT: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

// What XML 1.0 has no place for, written by escape or not.
const UNSEEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** A text as it may stand between tags and in attributes. */
export const escapeXml = (text: string): string => text.replace(UNSEEN, "").replace(/[&<>"]/g, (one) => NAMED[one]!);

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal: string, hex: string, name: string) => {
    if (name) return MEANT[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

export const svgMetadata = (text: string): string => `<metadata id="${ID}">${escapeXml(text)}</metadata>`;

/** The text that a drawing carries, or null where it has none. */
export function readSvgMetadata(svg: string): string | null {
  const held = HELD.exec(svg);
  return held ? unescapeXml(held[1]!) : null;
}
