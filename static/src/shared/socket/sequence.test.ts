import { describe, expect, it } from "vitest";
import { backoff, take } from "./sequence";

const event = (seq: number, type = "metrics") => ({ type, seq });

describe("taking messages", () => {
  it("takes what is new, in order", () => {
    expect(take(3, { seq: 5, events: [event(4), event(5)] })).toEqual({ seq: 5, events: [event(4), event(5)], reset: false });
  });
  it("drops what was seen before, whole messages and the head of one", () => {
    expect(take(5, { seq: 5, events: [event(4), event(5)] })).toEqual({ seq: 5, events: [], reset: false });
    expect(take(4, { seq: 6, events: [event(3), event(4), event(5), event(6)] }).events).toEqual([event(5), event(6)]);
  });
  it("takes the same message twice as once", () => {
    const message = { seq: 2, events: [event(1), event(2)] };
    const first = take(0, message);
    expect(take(first.seq, message).events).toEqual([]);
  });
  it("never goes back", () => {
    expect(take(9, { seq: 4, events: [event(4)] }).seq).toBe(9);
  });
  it("moves on when a message has a number and nothing in it", () => {
    expect(take(3, { seq: 8, events: [] })).toEqual({ seq: 8, events: [], reset: false });
  });
  it("asks for a snapshot on reset, and keeps what follows it", () => {
    const taken = take(3, { seq: 90, events: [event(4), { type: "reset" }, event(90)] });
    expect(taken).toEqual({ seq: 90, events: [event(90)], reset: true });
  });
  it("keeps a rewind where it stands", () => {
    expect(take(1, { seq: 3, events: [event(2, "rewind"), event(3)] }).events.map((item) => item.type)).toEqual(["rewind", "metrics"]);
  });
});

describe("backing off", () => {
  it("grows, is bounded and never exactly the same for all", () => {
    expect(backoff(0, () => 0)).toBe(0.5);
    expect(backoff(3, () => 0)).toBe(4);
    expect(backoff(50, () => 0)).toBe(20);
    expect(backoff(50, () => 1)).toBe(30);
  });
});
