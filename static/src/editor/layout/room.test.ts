import { describe, expect, it } from "vitest";
import { chain } from "../model/testing";
import { gapAlong } from "./layered";
import { roughBox } from "./place";
import { makeRoom } from "./room";

const spot = (id: string, y: number, x = 0) => ({ id, block: "relu", position: { x, y } });

describe("making room", () => {
  const graph = chain(spot("before", 0), spot("a", 500, 300), spot("b", 640, 300), spot("after", 250), spot("last", 400, 90));

  it("puts what is new where the old one was and pushes what lies behind", () => {
    const positions = makeRoom(graph, new Set(["a", "b"]), { x: 0, y: 120 }, "down");
    expect(positions.a).toEqual({ x: 0, y: 120 });
    expect(positions.b).toEqual({ x: 0, y: 260 });
    const { height } = roughBox({ id: "b", kind: "node", position: null, item: { id: "b", block: "relu" } });
    expect(positions.after).toEqual({ x: 0, y: 260 + height + gapAlong("down") });
    expect(positions.last!.y - positions.after!.y).toBe(150);
    expect(positions.before).toBeUndefined();
  });

  it("leaves the rest alone where there is room, and works from left to right", () => {
    const wide = chain(spot("a", 0, 0), spot("far", 0, 5000));
    expect(Object.keys(makeRoom(wide, new Set(["a"]), { x: 0, y: 0 }, "right"))).toEqual(["a"]);
    expect(makeRoom(wide, new Set(["none"]), { x: 0, y: 0 }, "right")).toEqual({});
  });
});
