/** The command log: what was done, undone, and the design that results. Entries share structure, so it stays small. */
import { type Command, labelOf, run } from "./commands";
import type { Design } from "./types";

export interface LogEntry {
  commands: Command[];
  label: string;
  /** Commands with the same key in quick succession (typing, dragging a slider) are one step. */
  key: string | undefined;
  at: number;
  before: Design;
  after: Design;
}

export interface History {
  design: Design;
  log: LogEntry[];
  undone: LogEntry[];
}

export const BURST_MS = 1200;
export const LIMIT = 500;

export const startHistory = (design: Design): History => ({ design, log: [], undone: [] });

export interface Step {
  key?: string | undefined;
  label?: string | undefined;
  at?: number | undefined;
  /** Joins the step before with the same key however long ago that was: a slider that is still held. */
  held?: boolean | undefined;
}

/** Runs a command; the same history when it changed nothing. */
export function perform(history: History, command: Command, step: Step = {}): History {
  const before = history.design;
  const after = run(before, command);
  if (after === before) return history;
  const at = step.at ?? Date.now();
  const last = history.log.at(-1);
  const label = step.label ?? labelOf(command);
  if (last && step.key !== undefined && last.key === step.key && (step.held || at - last.at < BURST_MS) && !history.undone.length) {
    const merged = { ...last, commands: [...last.commands, command], at, after };
    return { design: after, log: [...history.log.slice(0, -1), merged], undone: [] };
  }
  const entry: LogEntry = { commands: [command], label, key: step.key, at, before, after };
  return { design: after, log: [...history.log, entry].slice(-LIMIT), undone: [] };
}

export function undo(history: History): History {
  const last = history.log.at(-1);
  if (!last) return history;
  return { design: last.before, log: history.log.slice(0, -1), undone: [...history.undone, last] };
}

export function redo(history: History): History {
  const next = history.undone.at(-1);
  if (!next) return history;
  // A redone entry must not swallow the next keystroke into its burst.
  return { design: next.after, log: [...history.log, { ...next, key: undefined }], undone: history.undone.slice(0, -1) };
}
