import { describe, expect, it } from "vitest";
import { crc32, isPng, readPngText, writePngText } from "./png";

/** One grey pixel. */
const PIXEL = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);
const text = "Ein Entwurf: 3×3, 図, 🧱";

describe("a text inside a PNG", () => {
  it("has the checksum that the format asks for", () => {
    expect(crc32(new TextEncoder().encode("IEND"))).toBe(0xae426082);
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  it("comes back as it was, and the rest of the picture stays", () => {
    const made = writePngText(PIXEL, "blockyard", text);
    expect(isPng(made)).toBe(true);
    expect(readPngText(made, "blockyard")).toBe(text);
    expect(readPngText(made, "other")).toBeNull();
    expect([...made.subarray(0, 33)]).toEqual([...PIXEL.subarray(0, 33)]);
    expect([...made.subarray(-(PIXEL.length - 33))]).toEqual([...PIXEL.subarray(33)]);
  });

  it("stands in a chunk whose length and checksum are right", () => {
    const made = writePngText(PIXEL, "blockyard", text);
    const view = new DataView(made.buffer);
    const length = view.getUint32(33);
    expect(length).toBe(made.length - PIXEL.length - 12);
    expect(view.getUint32(33 + 8 + length)).toBe(crc32(made.subarray(37, 41 + length)));
  });

  it("is read from a plain text chunk too", () => {
    const inside = new TextEncoder().encode('tEXtblockyard\0{"a":1}');
    const chunk = new Uint8Array(inside.length + 8);
    new DataView(chunk.buffer).setUint32(0, inside.length - 4);
    chunk.set(inside, 4);
    const made = new Uint8Array([...PIXEL.subarray(0, 33), ...chunk, ...PIXEL.subarray(33)]);
    expect(readPngText(made, "blockyard")).toBe('{"a":1}');
  });

  it("is not looked for in what is no PNG, cut off, or lies about its length", () => {
    expect(readPngText(new TextEncoder().encode("no picture"), "blockyard")).toBeNull();
    const made = writePngText(PIXEL, "blockyard", text);
    for (let cut = 0; cut < made.length; cut++) expect(() => readPngText(made.subarray(0, cut), "blockyard")).not.toThrow();
    expect(readPngText(made.subarray(0, 60), "blockyard")).toBeNull();
    const lying = made.slice();
    new DataView(lying.buffer).setUint32(33, 0xffffffff);
    expect(readPngText(lying, "blockyard")).toBeNull();
    expect(() => writePngText(new Uint8Array(4), "blockyard", text)).toThrow("no PNG");
  });
});
