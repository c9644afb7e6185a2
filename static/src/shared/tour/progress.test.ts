import { beforeEach, describe, expect, it } from "vitest";
import { STATIONS, begin, finish, goTo, leave, pass, readProgress, startedRun, useTour } from "./progress";

Object.assign(globalThis, { location: { origin: "http://here", pathname: "/designs/new" } });

describe("progress of the tour", () => {
  beforeEach(finish);

  it("passes from station to station, and none twice", () => {
    begin();
    for (const station of STATIONS) {
      expect(useTour.getState().at).toBe(station);
      pass(station);
      pass(station);
    }
    expect(useTour.getState().at).toBeNull();
  });

  it("comes back to where it was left", () => {
    begin();
    goTo("break");
    leave();
    expect(useTour.getState()).toMatchObject({ at: "break", shown: false });
  });

  it("goes on at the run that was started in it, and at no other", () => {
    startedRun("/runs/abc");
    expect(useTour.getState().at).toBeNull();
    begin();
    startedRun("http://here/runs/abc");
    expect(useTour.getState()).toMatchObject({ at: "watch", run: "/runs/abc" });
    startedRun("/runs/other");
    expect(useTour.getState().run).toBe("/runs/abc");
  });

  it("takes what is stored only when it makes sense", () => {
    expect(readProgress('{"at": "mend", "shown": true, "run": null}')).toEqual({ at: "mend", shown: true, run: null });
    for (const text of [null, "", "{", "7", '{"at": "gone"}']) expect(readProgress(text).at).toBeNull();
  });
});
