import { describe, expect, it } from "vitest";
import { htmlLines, linesAbout, mapOf, nodesAbout } from "./spans";

const span = (path: string, start: number, end = start) => ({ path, start, end });
/** A class for the group on lines 3 to 6, two instances of it made on line 10 and run on line 14. */
const map = mapOf([
  span("conv", 9),
  span("conv", 13),
  span("layer", 10, 11),
  span("layer", 14),
  span("layer.0", 10, 11),
  span("layer.0.act", 4),
  span("layer.0.act", 6),
  span("layer.1.act", 4),
  span("layer.1.act", 6),
  span("last.act", 4),
]);

describe("lines and nodes", () => {
  it("finds the lines where a node is made and where it runs", () => {
    expect([...linesAbout(map, "", ["conv"])]).toEqual([9, 13]);
    expect([...linesAbout(map, "", ["conv", "layer"])]).toEqual([9, 13, 10, 11, 14]);
    expect([...linesAbout(map, "layer.0", ["act"])]).toEqual([4, 6]);
    expect(linesAbout(map, "layer.0", ["conv"]).size).toBe(0);
  });

  it("finds the node that a line names", () => {
    expect([...nodesAbout(map, "", 13)]).toEqual(["conv"]);
    expect([...nodesAbout(map, "", 10)]).toEqual(["layer"]);
    expect([...nodesAbout(map, "layer.1", 4)]).toEqual(["act"]);
    expect(nodesAbout(map, "", 1).size).toBe(0);
  });

  it("gives the groups in view for a line inside of their class", () => {
    expect([...nodesAbout(map, "", 4)]).toEqual(["layer", "last"]);
    expect([...nodesAbout(map, "layer.0", 10)]).toEqual([]);
  });

  it("takes paths that begin alike apart", () => {
    const alike = mapOf([span("conv1", 1), span("conv10", 2), span("conv1.a", 3)]);
    expect([...nodesAbout(alike, "conv1", 2)]).toEqual([]);
    expect([...nodesAbout(alike, "conv1", 3)]).toEqual(["a"]);
  });

  it("splits what is highlighted into its lines", () => {
    expect(htmlLines('<span class="k">class</span>\n\n  x\n')).toEqual(['<span class="k">class</span>', "", "  x"]);
  });
});
