/** The state of a run as a coloured word. */
import type { RunRow, RunState } from "../types";

const LOOK: Record<RunState, { kind: string; word: string }> = {
  queued: { kind: "", word: "Queued" },
  running: { kind: "info", word: "Running" },
  lost: { kind: "warn", word: "Worker lost" },
  done: { kind: "ok", word: "Done" },
  failed: { kind: "bad", word: "Failed" },
  cancelled: { kind: "", word: "Cancelled" },
};

export const isActive = (state: RunState): boolean => state === "queued" || state === "running" || state === "lost";

export function stateWord(run: Pick<RunRow, "state" | "desired">): string {
  return isActive(run.state) && run.desired === "cancel" ? "Cancelling" : LOOK[run.state].word;
}

export function StateBadge({ run }: { run: Pick<RunRow, "state" | "desired"> }) {
  const { kind } = LOOK[run.state];
  return (
    <span className={`badge ${kind}`}>
      <span className={`dot ${run.state === "running" ? "live" : ""}`} />
      {stateWord(run)}
    </span>
  );
}
