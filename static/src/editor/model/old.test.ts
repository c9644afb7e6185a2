import { describe, expect, it } from "vitest";
import { placed } from "../layout/place";
import { readDesign } from "./parse";
import type { Design } from "./types";

const saved = Object.entries(import.meta.glob<Design>("../../../../tests/documents/v*/*.json", { eager: true, import: "default" }));

describe("designs of every version that was ever saved", () => {
  it.each(saved.filter(([path]) => !path.endsWith("/params.json")))("%s opens, everything in its place", (_, document) => {
    const parsed = readDesign(document);
    if ("error" in parsed) throw new Error(parsed.error);
    const design = placed(parsed.design, "down");
    expect(design.nodes.map((node) => node.id)).toEqual(document.nodes.map((node) => node.id));
    expect(design.nodes.every((node) => node.position)).toBe(true);
  });

  it("are there", () => expect(saved.length).toBeGreaterThan(10));
});
