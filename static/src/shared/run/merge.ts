/** A run's row brought up to date by its events. Pure. */
import type { FeedEvent } from "../socket/sequence";
import type { Fault, RunProgress, RunRow, RunState } from "../types";

const PROGRESS = ["step", "total_steps", "epoch", "total_epochs", "eta_s"] as const;

function progressOf(old: RunProgress, event: FeedEvent): RunProgress {
  const next = { ...old };
  for (const name of PROGRESS) if (name in event) next[name] = event[name] as number | null;
  return next;
}

export function merge<T extends RunRow>(run: T, events: readonly FeedEvent[]): T {
  let next = run;
  for (const event of events) {
    switch (event.type) {
      case "state":
        next = { ...next, state: event.state as RunState, error: event.state === "running" ? null : next.error };
        break;
      case "start":
        next = { ...next, progress: progressOf(next.progress, event), device: String(event.device ?? next.device) };
        break;
      case "progress":
        next = { ...next, progress: progressOf(next.progress, event) };
        break;
      case "rewind":
        next = { ...next, progress: { ...next.progress, step: Number(event.step), eta_s: null } };
        break;
      case "metrics": {
        const values = event.values as Record<string, number | null>;
        const accuracy = values["test/accuracy"];
        const best = typeof accuracy === "number" ? Math.max(accuracy, next.best_accuracy ?? -Infinity) : next.best_accuracy;
        next = { ...next, metrics: { ...next.metrics, ...values }, best_accuracy: best };
        break;
      }
      case "error":
        next = { ...next, error: { message: String(event.message ?? ""), remedy: String(event.remedy ?? "") } satisfies Fault };
        break;
      case "end":
        next = { ...next, state: event.state as RunState, progress: { ...next.progress, eta_s: null } };
        break;
    }
  }
  return next;
}
