/** What a design may cost by its author's will, and how far it is from that. */
import { FIGURES } from "./figures";
import type { Budget } from "./types";

export const LIMITS = ["params", "macs", "peak_activation_bytes", "latency_ms"] as const satisfies readonly (keyof Budget)[];
export type LimitId = (typeof LIMITS)[number];

export interface Spent {
  limit: number;
  /** Of the limit; above 1 it is exceeded. */
  share: number;
  over: boolean;
  /** In words: "1.69 M (17 %) over 10 M", "83 % of 10 M". */
  text: string;
}

/** How much of a limit is used; null without a limit or a figure. */
export function spent(id: LimitId, value: number | null | undefined, budget: Budget | null | undefined): Spent | null {
  const limit = budget?.[id];
  if (!limit || value === null || value === undefined) return null;
  const { show } = FIGURES[id];
  const share = value / limit;
  const over = value > limit;
  const part = (100 * Math.abs(over ? share - 1 : share)).toFixed(share < 0.1 || (over && share < 1.1) ? 1 : 0);
  return { limit, share, over, text: over ? `${show(value - limit)} (${part} %) over ${show(limit)}` : `${part} % of ${show(limit)}` };
}

const SCALES: Record<string, number> = { "": 1, k: 1e3, m: 1e6, g: 1e9, b: 1e9, t: 1e12 };
const BYTES: Record<string, number> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A limit as people type it: "11.7 M", "4e6", "2 MiB", "5 ms"; null for nothing, undefined for what is none. */
export function readLimit(id: LimitId, text: string): number | null | undefined {
  const trimmed = text.trim();
  if (!trimmed) return null;
  const number = "([0-9][0-9,_]*(?:\\.[0-9]+)?(?:e[+-]?[0-9]+)?)";
  const pattern = id === "latency_ms" ? `^${number}\\s*(ms|s)?$` : id === "peak_activation_bytes" ? `^${number}\\s*(?:([kmgt])i?b?|b)?$` : `^${number}\\s*([kmgbt])?$`;
  const found = new RegExp(pattern, "i").exec(trimmed);
  if (!found) return undefined;
  const size = Number(found[1]!.replace(/[,_]/g, ""));
  const unit = (found[2] ?? "").toLowerCase();
  const scale = id === "latency_ms" ? (unit === "s" ? 1000 : 1) : id === "peak_activation_bytes" ? BYTES[unit]! : SCALES[unit]!;
  const value = size * scale;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
