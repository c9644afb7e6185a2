import { describe, expect, it } from "vitest";
import { clashes, given, keysOf, readCustom, reset } from "./bindings";

const actions = [{ id: "undo", keys: ["mod+z"] }, { id: "redo", keys: ["mod+y", "mod+shift+z"] }, { id: "tidy" }];

describe("keys given by hand", () => {
  it("replace those an action came with", () => {
    const custom = given(actions, {}, "undo", "u");
    expect(keysOf(actions[0]!, custom)).toEqual(["u"]);
    expect(keysOf(actions[1]!, custom)).toEqual(["mod+y", "mod+shift+z"]);
  });

  it("are taken from the action that had them, which keeps its others", () => {
    expect(clashes(actions, {}, "mod+y", "tidy").map((one) => one.id)).toEqual(["redo"]);
    const custom = given(actions, {}, "tidy", "mod+y");
    expect(keysOf(actions[1]!, custom)).toEqual(["mod+shift+z"]);
    expect(clashes(actions, custom, "mod+y", "tidy")).toEqual([]);
  });

  it("go back to what they were, without stealing", () => {
    const custom = given(actions, given(actions, {}, "undo", "u"), "tidy", "mod+y");
    expect(keysOf(actions[0]!, reset(actions, custom, "undo"))).toEqual(["mod+z"]);
    expect(keysOf(actions[1]!, reset(actions, custom, "redo"))).toEqual(["mod+shift+z"]);
    expect(reset(actions, given(actions, {}, "undo", "u"), "undo")).toEqual({});
  });

  it("survive what is not theirs in the store", () => {
    expect(readCustom("nonsense")).toEqual({});
    expect(readCustom('{"undo": ["u"], "redo": 3}')).toEqual({ undo: ["u"] });
  });
});
