/** Progress of a run in figures and words. Pure. */
import { duration, full, percent, plain } from "../format";
import type { RunProgress, RunRow } from "../types";

/** The part that is done, from 0 to 1; null while it is not known. */
export function share(progress: Partial<RunProgress>): number | null {
  const { step, total_steps: total } = progress;
  if (typeof step !== "number" || typeof total !== "number" || total <= 0) return null;
  return Math.min(1, Math.max(0, step / total));
}

/** "epoch 3 of 5 · step 120 of 560 · 35 s left" */
export function words(progress: Partial<RunProgress>, ended = false): string {
  const parts: string[] = [];
  const { step, total_steps: steps, epoch, total_epochs: epochs, eta_s: left } = progress;
  if (typeof epoch === "number") {
    // The engine counts finished epochs; people count the one that is under way.
    const now = Math.min(Math.floor(epoch) + 1, epochs ?? Infinity);
    parts.push(typeof epochs === "number" ? `epoch ${full(now)} of ${full(epochs)}` : `epoch ${full(now)}`);
  }
  if (typeof step === "number") parts.push(typeof steps === "number" ? `step ${full(step)} of ${full(steps)}` : `step ${full(step)}`);
  if (typeof left === "number" && !ended) parts.push(`${duration(left)} left`);
  return parts.join(" · ");
}

/** The figure by which a run is judged: accuracy where there is one, else the task's own. */
export function headline(run: Pick<RunRow, "best_accuracy" | "metrics">): { label: string; text: string } | null {
  // A language model is judged by bits per byte; the share of bytes it guesses right is a side matter.
  if (typeof run.best_accuracy === "number" && !("test/bits_per_byte" in run.metrics)) return { label: "Best test accuracy", text: percent(run.best_accuracy) };
  for (const [name, label] of [["test/bits_per_byte", "Bits per byte"], ["test/perplexity", "Perplexity"], ["test/r2", "R²"], ["test/rmse", "RMSE"], ["test/loss", "Test loss"]] as const) {
    const value = run.metrics[name];
    if (typeof value === "number") return { label, text: plain(value) };
  }
  return null;
}

/** Seconds of training so far, over all attempts; null before the first. */
export function spent(run: Pick<RunRow, "state" | "started" | "seconds" | "finished">, now: number): number | null {
  if (run.state === "running" && run.started) return Math.max(run.seconds, (now - new Date(run.started).getTime()) / 1000);
  return run.seconds || run.finished ? run.seconds : null;
}
