/** Domains of variables: how they are written, and how a slider runs over them. */
import { value } from "./format";
import type { Domain, Json } from "./types";

export interface SliderRange {
  min: number;
  max: number;
  step: number;
}

const STEPS = 200;

/** Where a slider runs: over the domain, or for a number without one from a quarter of it to four times as much. */
export function sliderRange(domain: Domain | null, at: Json): SliderRange | null {
  if (typeof at !== "number" || domain?.type === "choice") return null;
  if (domain?.type === "int") return { min: domain.min, max: domain.max, step: domain.step ?? 1 };
  if (domain?.type === "float") return { min: domain.min, max: domain.max, step: (domain.max - domain.min) / STEPS };
  if (Number.isInteger(at)) return { min: Math.min(at, 1), max: Math.max(8, at * 4), step: 1 };
  const most = Math.max(Math.abs(at) * 4, 1e-6);
  return { min: at < 0 ? -most : 0, max: most, step: most / STEPS };
}

/** "8 to 64 by 8", "0.1 to 0.5, continuous", "relu, gelu". */
export function rangeText(domain: Domain): string {
  if (domain.type === "choice") return domain.values.map(value).join(", ");
  const ends = `${domain.min} to ${domain.max}`;
  return domain.type === "float" ? `${ends}, continuous` : `${ends}${(domain.step ?? 1) > 1 ? ` by ${domain.step}` : ""}`;
}
