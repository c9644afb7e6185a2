/** A text inside a PNG, in a chunk that every viewer passes over: how a picture of a graph carries its design. */

/** The word under which a picture carries a design. */
export const KEYWORD = "blockyard";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, type and checksum. */
const FRAME = 12;

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, at) => bytes[at] === byte);

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The checksum that ends each chunk, over its type and data. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

interface Chunk {
  type: string;
  data: Uint8Array;
  /** Where the next one begins. */
  end: number;
}

function chunkAt(bytes: Uint8Array, at: number): Chunk | null {
  if (at + FRAME > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = at + FRAME + view.getUint32(at);
  if (end > bytes.length) return null;
  return { type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), data: bytes.subarray(at + 8, end - 4), end };
}

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  for (let chunk = chunkAt(bytes, SIGNATURE.length); chunk; chunk = chunkAt(bytes, chunk.end)) yield chunk;
}

/** International text: keyword, not compressed, no language, no translated keyword. */
function textChunk(keyword: string, text: string): Uint8Array {
  const encoder = new TextEncoder();
  const inside = encoder.encode(`iTXt${keyword}\0\0\0\0\0${text}`);
  const chunk = new Uint8Array(inside.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, inside.length - 4);
  chunk.set(inside, 4);
  view.setUint32(inside.length + 4, crc32(inside));
  return chunk;
}

/** The picture with a text under a keyword, right after its header. */
export function writePngText(png: Uint8Array, keyword: string, text: string): Uint8Array<ArrayBuffer> {
  const header = isPng(png) ? chunkAt(png, SIGNATURE.length) : null;
  if (!header) throw new Error("This is no PNG.");
  const chunk = textChunk(keyword, text);
  const made = new Uint8Array(png.length + chunk.length);
  made.set(png.subarray(0, header.end));
  made.set(chunk, header.end);
  made.set(png.subarray(header.end), header.end + chunk.length);
  return made;
}

/** The text under a keyword, or null where the picture has none that is whole. */
export function readPngText(png: Uint8Array, keyword: string): string | null {
  if (!isPng(png)) return null;
  const start = new TextEncoder().encode(`${keyword}\0`);
  for (const { type, data } of chunksOf(png)) {
    if ((type !== "iTXt" && type !== "tEXt") || !start.every((byte, at) => data[at] === byte)) continue;
    let at = start.length;
    if (type === "iTXt") {
      if (data[at] !== 0) return null;
      at += 2;
      // Language and translated keyword, each ended by a zero.
      for (let ends = 0; ends < 2; at++) if (at >= data.length || data[at] === 0) ends++;
    }
    return new TextDecoder(type === "iTXt" ? "utf-8" : "latin1").decode(data.subarray(at));
  }
  return null;
}
