import { describe, expect, it } from "vitest";
import { BURST_MS, perform, redo, startHistory, undo } from "./history";
import type { Command } from "./commands";
import { lenet } from "./testing";

const width = (value: number): Command => ({ type: "setVariable", args: { name: "width", set: { value } } });

describe("the command log", () => {
  it("undoes and redoes everything, and forgets what was undone when something else is done", () => {
    const start = lenet();
    let history = perform(startHistory(start), width(8));
    history = perform(history, { type: "removeNodes", args: { graph: null, ids: ["fc"] } });
    const end = history.design;
    history = undo(undo(history));
    expect(history.design).toBe(start);
    expect(redo(redo(history)).design).toBe(end);
    expect(undo(history)).toBe(history);
    history = perform(redo(history), width(9));
    expect(history.undone).toEqual([]);
    expect(redo(history)).toBe(history);
  });

  it("takes a burst of typing as one step, a pause or another field as a new one", () => {
    let history = startHistory(lenet());
    history = perform(history, width(1), { key: "width", at: 0 });
    history = perform(history, width(12), { key: "width", at: 300 });
    history = perform(history, width(128), { key: "width", at: 300 + BURST_MS - 1 });
    expect(history.log).toHaveLength(1);
    expect(history.log[0]!.commands).toHaveLength(3);
    history = perform(history, width(1), { key: "width", at: 300 + 3 * BURST_MS });
    history = perform(history, width(2), { key: "other", at: 301 + 3 * BURST_MS });
    expect(history.log).toHaveLength(3);
    expect(undo(undo(undo(history))).design.variables!.width!.value).toBe(6);
  });

  it("keeps one step while a slider is held", () => {
    let history = perform(startHistory(lenet()), width(7), { key: "width", at: 0 });
    history = perform(history, width(9), { key: "width", at: 10 * BURST_MS, held: true });
    expect(history.log).toHaveLength(1);
    history = perform(history, width(8), { key: "width again", at: 10 * BURST_MS, held: true });
    expect(history.log).toHaveLength(2);
  });

  it("starts a new step after undo and after redo", () => {
    let history = perform(startHistory(lenet()), width(1), { key: "width", at: 0 });
    history = redo(undo(history));
    history = perform(history, width(2), { key: "width", at: 10 });
    expect(history.log).toHaveLength(2);
  });

  it("does not log what changes nothing", () => {
    const history = startHistory(lenet());
    expect(perform(history, { type: "removeNodes", args: { graph: null, ids: ["nobody"] } })).toBe(history);
  });

  it("can be replayed from its commands", () => {
    let history = perform(startHistory(lenet()), width(9));
    history = perform(history, { type: "batch", args: { commands: [width(10), { type: "renameNode", args: { graph: null, from: "fc", to: "head" } }] } });
    const commands = JSON.parse(JSON.stringify(history.log.flatMap((entry) => entry.commands))) as Command[];
    expect(commands.reduce((one, command) => perform(one, command), startHistory(lenet())).design).toEqual(history.design);
  });
});
