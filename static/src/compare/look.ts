/** Which colour and which dash stands for what, the same in every part of the page. Pure. */
import type { ComparedRun } from "../shared/types";

export const COLORS = Array.from({ length: 8 }, (_, at) => `--series-${at + 1}`);
/** After eight colours come the same ones dashed, then dotted. */
const DASHES: readonly (number[] | undefined)[] = [undefined, [8, 4], [2, 3]];

export const lookOf = (at: number): { color: string; dash: number[] | undefined } => ({ color: COLORS[at % COLORS.length]!, dash: DASHES[Math.floor(at / COLORS.length) % DASHES.length] });

export type By = "design" | "data" | "run";

export const kindOf = (run: ComparedRun, by: By): string => (by === "design" ? (run.design?.name ?? "") : by === "data" ? (run.dataset?.name ?? "") : run.name);

/** Each kind with its colour; beyond eight, the rest share the last one. */
export function legend(runs: readonly ComparedRun[], by: By): Map<string, string> {
  const kinds = [...new Set(runs.map((run) => kindOf(run, by)))];
  return new Map(kinds.map((kind, at) => [kind, COLORS[Math.min(at, COLORS.length - 1)]!]));
}
