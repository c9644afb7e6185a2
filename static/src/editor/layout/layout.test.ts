import { describe, expect, it } from "vitest";
import { lanes } from "../canvas/lanes";
import { group, lenet, node } from "../model/testing";
import { elkGraph } from "./elk";
import { layered } from "./layered";
import { placed, placedGraph } from "./place";

const box = (id: string) => ({ id, width: 100, height: 50 });

describe("the quick layout", () => {
  it("runs along the wires and keeps boxes apart", () => {
    const boxes = ["a", "b", "c", "d"].map(box);
    const links = [["a", "b"], ["a", "c"], ["b", "d"], ["c", "d"], ["a", "d"]].map(([from, to]) => ({ from: from!, to: to! }));
    const at = layered(boxes, links, "down");
    expect(at.get("a")!.y).toBeLessThan(at.get("b")!.y);
    expect(at.get("b")!.y).toBe(at.get("c")!.y);
    expect(Math.abs(at.get("b")!.x - at.get("c")!.x)).toBeGreaterThanOrEqual(100);
    expect(at.get("d")!.y).toBeGreaterThan(at.get("c")!.y);
    const right = layered(boxes, links, "right");
    expect(right.get("d")!.x).toBeGreaterThan(right.get("c")!.x);
  });

  it("survives a loop", () => {
    expect(layered(["a", "b"].map(box), [{ from: "a", to: "b" }, { from: "b", to: "a" }], "down").size).toBe(2);
  });

  it("places what has no place, at every level, and leaves the rest where it is", () => {
    const design = { ...lenet(), groups: { g: group([node("a", "relu"), node("b", "relu")], [["a.out", "b.x"]]) } };
    const done = placed(design, "down");
    expect(done.nodes.map((one) => one.position)).toEqual(design.nodes.map((one) => one.position));
    expect(done.inputs[0]!.position!.y).toBeLessThan(100);
    expect(done.outputs[0]!.position!.y).toBeGreaterThan(400);
    expect(done.groups!.g!.nodes.every((one) => one.position)).toBe(true);
    expect(placed(done, "down")).toBe(done);
    expect(placedGraph(design, "down")).toBe(placedGraph(design, "down"));
  });
});

describe("lanes", () => {
  const tall = [0, 1, 2, 3].map((row) => ({ id: `n${row}`, x: 0, y: row * 100, width: 100, height: 50 }));

  it("lead a skip around the nodes between, and leave short wires alone", () => {
    const found = lanes(tall, [{ id: "skip", source: "n0", target: "n3" }, { id: "next", source: "n0", target: "n1" }], "down");
    expect(found.has("next")).toBe(false);
    const lane = found.get("skip")!;
    expect(lane < 0 || lane > 100).toBe(true);
  });

  it("run side by side when several share a stretch", () => {
    const found = lanes(tall, [{ id: "a", source: "n0", target: "n2" }, { id: "b", source: "n1", target: "n3" }, { id: "c", source: "n0", target: "n3" }], "down");
    const values = [...found.values()];
    expect(new Set(values).size).toBe(values.length);
  });
});

describe("the graph for ELK", () => {
  it("has a port for each connector, inputs on one side and outputs on the other", () => {
    const graph = elkGraph(
      [{ ...box("a"), inputs: ["x", "y"], outputs: ["out"] }, { ...box("b"), inputs: ["x"], outputs: [] }],
      [{ from: "a", fromPort: "out", to: "b", toPort: "x" }],
      "down",
    );
    expect(graph.children![0]!.ports!.map((port) => port.layoutOptions!["elk.port.side"])).toEqual(["NORTH", "NORTH", "SOUTH"]);
    expect(graph.edges).toEqual([{ id: "e0", sources: ["a/out/out"], targets: ["b/in/x"] }]);
  });
});
