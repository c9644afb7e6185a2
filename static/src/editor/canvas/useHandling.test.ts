import { describe, expect, it } from "vitest";
import { isTrackpad } from "./useHandling";

const wheel = (more: object) => isTrackpad({ deltaX: 0, deltaY: 100, deltaMode: 0, shiftKey: false, ...more });

describe("a turn of the wheel", () => {
  it("comes by notches from a mouse", () => {
    expect(wheel({ wheelDeltaY: -120 })).toBe(false);
    expect(wheel({ deltaY: 3, deltaMode: 1 })).toBe(false);
    expect(wheel({ deltaX: 100, deltaY: 0, shiftKey: true, wheelDeltaY: 0 })).toBe(false);
  });

  it("glides and goes aslant from a trackpad", () => {
    expect(wheel({ deltaY: 4, wheelDeltaY: -12 })).toBe(true);
    expect(wheel({ deltaX: 2, deltaY: 7, wheelDeltaY: -21 })).toBe(true);
  });
});
