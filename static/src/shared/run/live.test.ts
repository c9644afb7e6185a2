import { describe, expect, it } from "vitest";
import type { RunDetail } from "../types";
import { apply, begin, groups, snapshot } from "./live";

const run = {
  id: "r", kind: "train", name: "run", state: "running", desired: "run", progress: { step: 0, total_steps: null, epoch: null, total_epochs: null, eta_s: null },
  metrics: {}, best_accuracy: null, device: "", error: null, result: null, latency: null, threads: null, attempt: 1, ahead: null, demos: [], last_seq: 50,
} as unknown as RunDetail;

describe("a live run", () => {
  it("follows progress, metrics and state to its end", () => {
    const live = apply(
      begin(run),
      [
        { type: "start", t: 1, total_steps: 100, total_epochs: 2, device: "cpu", threads: 2, notes: ["samples are resized"] },
        { type: "metrics", step: 10, epoch: 0, values: { "train/loss": 2, "test/accuracy": 0.5 } },
        { type: "metrics", step: 20, epoch: 1, values: { "train/loss": null, "test/accuracy": 0.4 } },
        { type: "progress", step: 20, total_steps: 100, epoch: 1, eta_s: 8 },
        { type: "latency", batch: 1, p50_ms: 0.4, p95_ms: 0.5, backend: "eager" },
        { type: "checkpoint", step: 20, epoch: 1, file: "best.safetensors", best: true, metric: 0.5 },
        { type: "result", metrics: { accuracy: 0.5 } },
        { type: "end", state: "done", t: 9 },
      ],
      8,
    );
    expect(live.run).toMatchObject({ state: "done", device: "cpu", threads: 2, best_accuracy: 0.5, progress: { step: 20, total_steps: 100, total_epochs: 2, eta_s: null } });
    expect(live.run.latency?.p50_ms).toBe(0.4);
    expect(live.run.result?.metrics.accuracy).toBe(0.5);
    expect(live.curves["train/loss"]!.values).toEqual([2, null]);
    expect(live.log.map((line) => line.text)).toEqual(["Training starts on cpu, 2 threads.", "Samples are resized.", "Training is done."]);
    expect(live.best?.step).toBe(20);
    expect(live.seq).toBe(8);
  });
  it("keeps the cause of a failure, and forgets it when it runs again", () => {
    const failed = apply(begin(run), [{ type: "error", message: "Out of memory.", remedy: "Take a smaller batch." }, { type: "end", state: "failed" }], 2);
    expect(failed.run.error).toEqual({ message: "Out of memory.", remedy: "Take a smaller batch." });
    const again = apply(failed, [{ type: "state", state: "running", attempt: 2 }], 3);
    expect(again.run).toMatchObject({ state: "running", error: null, attempt: 2 });
  });
  it("does not cut a snapshot's curves by rewinds that are long past", () => {
    const live = snapshot(run, { seq: 50, reset: true, series: { "train/loss": { steps: [1, 2, 3], values: [3, 2, 1] } }, events: [{ type: "rewind", step: 1 }] });
    expect(live.curves["train/loss"]!.steps).toEqual([1, 2, 3]);
    expect(live.log).toHaveLength(1);
    expect(apply(live, [{ type: "rewind", step: 1 }], 51).curves["train/loss"]!.steps).toEqual([1]);
  });
  it("believes the events of a snapshot that came after its row was read", () => {
    const queued = { ...run, state: "queued", last_seq: 1 } as RunDetail;
    const events = [{ type: "state" as const, state: "queued" as const, reason: "", seq: 1 }, { type: "state" as const, state: "running" as const, reason: "", attempt: 2, seq: 2 }];
    expect(snapshot(queued, { seq: 2, reset: true, series: {}, events }).run).toMatchObject({ state: "running", attempt: 2 });
    const done = { ...run, state: "done", last_seq: 3 } as RunDetail;
    expect(snapshot(done, { seq: 2, reset: true, series: {}, events }).run.state).toBe("done");
  });
  it("puts train and test of one thing into one chart, the important first", () => {
    const curve = { steps: [], values: [], low: [], high: [] };
    const found = groups({ lr: curve, "test/loss": curve, "train/loss": curve, "test/accuracy": curve, odd: curve });
    expect(found.map(({ name, series }) => [name, series.map(({ split }) => split)])).toEqual([["accuracy", ["test"]], ["loss", ["train", "test"]], ["lr", [""]], ["odd", [""]]]);
    expect(groups({ "test/r2": curve }, ["lr", "loss"]).map(({ name }) => name)).toEqual(["loss", "r2", "lr"]);
  });
});
