import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "@shared/api/client";
import { lenet, sampled } from "../model/testing";
import type { Report } from "../model/report";
import { startSampling } from "./sampling";
import * as server from "./server";
import { createEditor } from "./store";

vi.mock("./server", async (original) => ({ ...(await original<typeof server>()), sample: vi.fn(), sampleProgress: vi.fn() }));
const sample = vi.mocked(server.sample);
const sampleProgress = vi.mocked(server.sampleProgress);
const report = (errors: Report["errors"] = []): Report => ({ errors, nodes: {} }) as unknown as Report;

let editor: ReturnType<typeof createEditor>;
let stop = (): void => {};
const sampling = () => editor.getState().sampling;
const turn = (patch: Partial<ReturnType<typeof sampling>>): void => editor.getState().set({ sampling: { ...sampling(), ...patch } });

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetAllMocks();
  sampleProgress.mockResolvedValue({ what: null, done: null, total: null });
  editor = createEditor(lenet());
  editor.getState().set({ dataset: "digits", report: report() });
  stop = startSampling(editor);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

it("asks for nothing until a sample is wanted, and once for a burst of changes", async () => {
  sample.mockResolvedValue(sampled());
  editor.getState().setReport(report());
  await vi.advanceTimersByTimeAsync(1000);
  expect(sample).not.toHaveBeenCalled();
  for (const index of [1, 2, 3]) turn({ on: true, choice: { ...sampling().choice, index } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sample).toHaveBeenCalledTimes(1);
  expect(sample.mock.calls[0]![0]).toMatchObject({ dataset: "digits", index: 3, split: "test", run: null });
  expect(editor.getState().overlay).toMatchObject({ id: "sample", title: "Sample 3 of digits" });
});

it("asks again when the design's report is another, and drops the answer that is out of date", async () => {
  let answer = (_: ReturnType<typeof sampled>): void => {};
  sample.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
  turn({ on: true });
  await vi.advanceTimersByTimeAsync(1000);
  sample.mockResolvedValue(sampled({ seconds: 2 }));
  editor.getState().set({ report: report() });
  await vi.advanceTimersByTimeAsync(1000);
  answer(sampled({ seconds: 1 }));
  await vi.advanceTimersByTimeAsync(1);
  expect(sampling().found?.seconds).toBe(2);
});

it("says what is being done once that takes longer than a second", async () => {
  sample.mockImplementation(() => new Promise(() => {}));
  sampleProgress.mockResolvedValue({ what: "going through", done: 3, total: 9 });
  turn({ on: true });
  await vi.advanceTimersByTimeAsync(900);
  expect(sampling()).toMatchObject({ busy: true, progress: "" });
  await vi.advanceTimersByTimeAsync(1400);
  expect(sampling().progress).toBe("going through, node 3 of 9 (2 s)");
});

it("says why a sample does not go through, and takes the old marks off", async () => {
  sample.mockResolvedValueOnce(sampled());
  turn({ on: true });
  await vi.advanceTimersByTimeAsync(1000);
  sample.mockRejectedValueOnce(new ApiError(422, "no_sample", "The checkpoint lacks fc1.weight."));
  turn({ choice: { ...sampling().choice, run: "abc" } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sampling()).toMatchObject({ fault: "The checkpoint lacks fc1.weight.", found: null, on: true });
  expect(editor.getState().overlay).toBeNull();
  editor.getState().set({ report: report([{ path: "fc1", code: "x", message: "m" }]) });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sampling().fault).toBe("The design has 1 fault: mend it, then a sample goes through.");
  expect(sample).toHaveBeenCalledTimes(2);
});

it("stops when its marks are hidden", async () => {
  sample.mockResolvedValue(sampled());
  turn({ on: true });
  await vi.advanceTimersByTimeAsync(1000);
  editor.getState().set({ overlay: null });
  expect(sampling().on).toBe(false);
  editor.getState().set({ report: report() });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sample).toHaveBeenCalledTimes(1);
});
