import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@shared/api/client";
import { lenet } from "../model/testing";
import type { Report } from "../model/report";
import { startAnalysis, sameMeaning } from "./analysis";
import { startAutosave } from "./autosave";
import { keptDraft } from "./drafts";
import * as server from "./server";
import { createEditor } from "./store";

vi.mock("./server", async (original) => ({
  ...(await original<typeof server>()),
  createDesign: vi.fn(),
  saveDraft: vi.fn(),
  analyze: vi.fn(),
}));
const createDesign = vi.mocked(server.createDesign);
const saveDraft = vi.mocked(server.saveDraft);
const analyze = vi.mocked(server.analyze);

const away = (): ApiError => new ApiError(0, "offline", "The server does not answer.");
const stored = { designId: "abc", draftNumber: 3 };

let editor: ReturnType<typeof createEditor>;
let stop = (): void => {};
const width = (value: number): void =>
  editor.getState().perform({ type: "setVariable", args: { name: "width", set: { value } } });

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  vi.stubGlobal("window", { addEventListener: () => {}, removeEventListener: () => {} });
  vi.stubGlobal("history", { state: null, replaceState: vi.fn() });
  vi.useFakeTimers();
  vi.resetAllMocks();
  editor = createEditor();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("autosave", () => {
  const begin = (from: Partial<typeof stored & { zooId: string }>): void => {
    editor.getState().open(lenet(), { designId: null, acknowledged: from.designId ? lenet() : null, ...from });
    stop = startAutosave(editor).stop;
  };

  it("stores nothing until something changes, then makes a design", async () => {
    createDesign.mockResolvedValue({ id: "new1", name: "test", version: 1, hash: "", draft_number: 1 });
    begin({ zooId: "lenet5" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(createDesign).not.toHaveBeenCalled();
    width(7);
    width(8);
    await vi.advanceTimersByTimeAsync(2000);
    expect(createDesign).toHaveBeenCalledTimes(1);
    expect(createDesign.mock.calls[0]![0]).toMatchObject({ zoo: "lenet5" });
    expect(editor.getState()).toMatchObject({ designId: "new1", draftNumber: 1, save: { kind: "saved" } });
    expect(history.replaceState).toHaveBeenCalledWith(null, "", "/designs/new1");
  });

  it("sends the newest draft with the number it knows, one after the other", async () => {
    let answer = (_: { number: number }): void => {};
    saveDraft.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    begin(stored);
    width(7);
    await vi.advanceTimersByTimeAsync(1000);
    width(8);
    await vi.advanceTimersByTimeAsync(3000);
    expect(saveDraft).toHaveBeenCalledTimes(1);
    answer({ number: 4 });
    await vi.advanceTimersByTimeAsync(3000);
    expect(saveDraft.mock.calls.map(([, body]) => [body.base, body.design.variables!.width!.value])).toEqual([[3, 7], [4, 8]]);
  });

  it("keeps the draft here while the server is away, and tries again", async () => {
    saveDraft.mockRejectedValueOnce(away()).mockResolvedValueOnce({ number: 4 });
    begin(stored);
    width(9);
    await vi.advanceTimersByTimeAsync(1500);
    expect(editor.getState().save.kind).toBe("away");
    expect(keptDraft(editor.getState())!.design.variables!.width!.value).toBe(9);
    await vi.advanceTimersByTimeAsync(6000);
    expect(editor.getState().save.kind).toBe("saved");
    expect(keptDraft(editor.getState())).toBeNull();
  });

  it("has nothing to store after a change was undone at once", async () => {
    begin(stored);
    width(9);
    await vi.advanceTimersByTimeAsync(300);
    expect(keptDraft(editor.getState())).not.toBeNull();
    editor.getState().undo();
    await vi.advanceTimersByTimeAsync(1000);
    expect(saveDraft).not.toHaveBeenCalled();
    expect(editor.getState().save.kind).toBe("saved");
    expect(keptDraft(editor.getState())).toBeNull();
  });

  it("stops at a conflict and overwrites nothing", async () => {
    const body = { error: { code: "stale_draft", message: "changed", details: { number: 9, draft: null } } };
    saveDraft.mockRejectedValue(new ApiError(409, "stale_draft", "changed", "base", body));
    begin(stored);
    width(9);
    await vi.advanceTimersByTimeAsync(1500);
    expect(editor.getState().save).toEqual({ kind: "conflict", number: 9, draft: null });
    width(10);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(saveDraft).toHaveBeenCalledTimes(1);
    expect(keptDraft(editor.getState())!.design.variables!.width!.value).toBe(10);
  });
});

describe("analysis", () => {
  const report = (params: number): Report =>
    ({ total: { params }, nodes: {}, errors: [], notes: [], uncounted: [], inputs: {}, outputs: {} }) as unknown as Report;

  it("asks at once, and for a burst during an answer once more, for its last state", async () => {
    const answers: ((one: Report) => void)[] = [];
    analyze.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
    editor.getState().open(lenet(), {});
    stop = startAnalysis(editor);
    width(7);
    width(8);
    expect(analyze).toHaveBeenCalledTimes(1);
    answers[0]!(report(1));
    await vi.advanceTimersByTimeAsync(1);
    expect(editor.getState().report!.total.params).toBe(1);
    expect(analyze).toHaveBeenCalledTimes(2);
    expect(analyze.mock.lastCall![0].design.variables!.width!.value).toBe(8);
    answers[1]!(report(2));
    await vi.advanceTimersByTimeAsync(1);
    expect(editor.getState().report!.total.params).toBe(2);
    expect(analyze).toHaveBeenCalledTimes(2);
  });

  it("knows what undo comes back to, and drops the question that is outstanding", async () => {
    const answers: ((one: Report) => void)[] = [];
    analyze.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
    editor.getState().open(lenet(), {});
    stop = startAnalysis(editor);
    answers[0]!(report(1));
    await vi.advanceTimersByTimeAsync(1);
    width(7);
    editor.getState().undo();
    expect(analyze).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(100);
    expect(editor.getState()).toMatchObject({ analysis: { kind: "fresh" }, report: { total: { params: 1 } } });
    answers[1]!(report(2));
    await vi.advanceTimersByTimeAsync(1);
    expect(editor.getState().report!.total.params).toBe(1);
    width(9);
    expect(analyze).toHaveBeenCalledTimes(3);
    expect(analyze.mock.lastCall![0].design.variables!.width!.value).toBe(9);
  });

  it("does not ask when only places have changed", async () => {
    analyze.mockResolvedValue(report(1));
    editor.getState().open(lenet(), {});
    stop = startAnalysis(editor);
    await vi.advanceTimersByTimeAsync(100);
    editor.getState().perform({ type: "moveNodes", args: { graph: null, positions: { fc: { x: 5, y: 5 } } } });
    await vi.advanceTimersByTimeAsync(100);
    expect(analyze).toHaveBeenCalledTimes(1);
    const design = lenet();
    expect(sameMeaning(design, { ...design, name: "other" })).toBe(true);
    expect(sameMeaning(design, { ...design, facts: {} })).toBe(false);
  });

  it("keeps the old figures while the server is away, and asks again", async () => {
    analyze.mockResolvedValueOnce(report(1)).mockRejectedValueOnce(away()).mockResolvedValueOnce(report(3));
    editor.getState().open(lenet(), {});
    stop = startAnalysis(editor);
    await vi.advanceTimersByTimeAsync(100);
    width(7);
    await vi.advanceTimersByTimeAsync(100);
    expect(editor.getState()).toMatchObject({ analysis: { kind: "away" }, report: { total: { params: 1 } } });
    await vi.advanceTimersByTimeAsync(5000);
    expect(editor.getState()).toMatchObject({ analysis: { kind: "fresh" }, report: { total: { params: 3 } } });
  });
});

describe("the store", () => {
  it("leaves a group that is gone after undo, and what was selected in it", () => {
    const { perform, enter, undo, redo, select } = editor.getState();
    editor.getState().open(lenet(), {});
    perform({ type: "makeGroup", args: { graph: null, ids: ["act1"], name: "g", node: "g" } });
    enter("g");
    expect(editor.getState().place).toEqual({ graph: "g", path: "g" });
    select(["act1"]);
    undo();
    expect(editor.getState().place).toEqual({ graph: null, path: "" });
    redo();
    select(["g"]);
    undo();
    expect([...editor.getState().selected]).toEqual([]);
  });
});
