/** Curves of a run: steps and values in order of steps, with means over intervals where there are too many. Pure. */
import type { FeedEvent } from "../socket/sequence";
import type { SeriesOut } from "../types";

export interface Curve {
  steps: number[];
  /** Null where the value was no finite number. */
  values: (number | null)[];
  /** Least and greatest value of the points a mean stands for; equal to the value where it is a single point. */
  low: (number | null)[];
  high: (number | null)[];
}

export type Curves = Record<string, Curve>;

export const emptyCurve = (): Curve => ({ steps: [], values: [], low: [], high: [] });

export function fromServer(series: Record<string, SeriesOut>): Curves {
  return Object.fromEntries(
    Object.entries(series).map(([name, given]) => [
      name,
      {
        steps: [...given.steps],
        values: [...given.values],
        low: [...(given.low ?? given.values)],
        high: [...(given.high ?? given.values)],
      },
    ]),
  );
}

/** Take in events, in order: metrics add points, a rewind removes those after its step. Changes only curves it touches. */
export function extend(curves: Curves, events: readonly FeedEvent[]): Curves {
  const next: Curves = { ...curves };
  const fresh = new Set<string>();
  const own = (name: string): Curve => {
    const curve = next[name];
    if (curve && fresh.has(name)) return curve;
    const copy = curve
      ? { steps: curve.steps.slice(), values: curve.values.slice(), low: curve.low.slice(), high: curve.high.slice() }
      : emptyCurve();
    next[name] = copy;
    fresh.add(name);
    return copy;
  };
  for (const event of events) {
    if (event.type === "rewind") {
      for (const name of Object.keys(next)) cut(own(name), Number(event.step));
    } else if (event.type === "metrics") {
      const step = Number(event.step);
      for (const [name, value] of Object.entries((event.values ?? {}) as Record<string, number | null>)) {
        put(own(name), step, typeof value === "number" && Number.isFinite(value) ? value : null);
      }
    }
  }
  for (const name of fresh) {
    if (next[name]!.steps.length > MOST_KEPT) next[name] = thin(next[name]!, MOST_KEPT / 2);
  }
  return next;
}

// A page left open over a day must not copy a million points with every batch; a reload brings the server's own thinning.
const MOST_KEPT = 8000;

function put(curve: Curve, step: number, value: number | null): void {
  const last = curve.steps.length - 1;
  // A step that was already there is said again only after a rewind that was lost; the newer word counts.
  if (last >= 0 && step <= curve.steps[last]!) cut(curve, step - 1);
  curve.steps.push(step);
  curve.values.push(value);
  curve.low.push(value);
  curve.high.push(value);
}

/** Drop everything after `step`. */
function cut(curve: Curve, step: number): void {
  let length = curve.steps.length;
  while (length > 0 && curve.steps[length - 1]! > step) length -= 1;
  curve.steps.length = curve.values.length = curve.low.length = curve.high.length = length;
}

/** At most about `most` points: neighbours become their mean, with least and greatest; a null among them stays seen. */
export function thin(curve: Curve, most: number): Curve {
  const count = curve.steps.length;
  if (count <= most) return curve;
  const size = Math.ceil(count / most);
  const out = emptyCurve();
  for (let from = 0; from < count; from += size) {
    const to = Math.min(count, from + size);
    let sum = 0;
    let finite = 0;
    let low = Infinity;
    let high = -Infinity;
    for (let at = from; at < to; at++) {
      const value = curve.values[at];
      if (value === null || value === undefined) continue;
      sum += value;
      finite += 1;
      low = Math.min(low, curve.low[at] ?? value);
      high = Math.max(high, curve.high[at] ?? value);
    }
    out.steps.push(curve.steps[to - 1]!);
    out.values.push(finite ? sum / finite : null);
    out.low.push(finite ? low : null);
    out.high.push(finite ? high : null);
  }
  return out;
}

/** Steps at which a value was no finite number: drawn as marks, so a diverged run is seen. */
export function gaps(curve: Curve): number[] {
  return curve.steps.filter((_, at) => curve.values[at] === null);
}

export function latest(curve: Curve | undefined): { step: number; value: number | null } | null {
  const at = (curve?.steps.length ?? 0) - 1;
  return curve && at >= 0 ? { step: curve.steps[at]!, value: curve.values[at]! } : null;
}

export function best(curve: Curve | undefined, least = false): { step: number; value: number } | null {
  let found: { step: number; value: number } | null = null;
  for (const [at, value] of (curve?.values ?? []).entries()) {
    if (value !== null && (found === null || (least ? value < found.value : value > found.value))) found = { step: curve!.steps[at]!, value };
  }
  return found;
}

/** Exponential moving mean that is right from the first point on (bias-corrected); nulls are passed over. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return values.slice();
  let mean = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = mean * weight + value * (1 - weight);
    total = total * weight + (1 - weight);
    return mean / total;
  });
}

/** Several curves over one common axis, as uPlot wants them: `undefined` where a curve has no point at that step. */
export function align(curves: readonly { steps: readonly number[]; values: readonly (number | null)[] }[]): [number[], ...(number | null | undefined)[][]] {
  const steps = [...new Set(curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, at) => [step, at]));
  const columns = curves.map((curve) => {
    const column: (number | null | undefined)[] = new Array<number | null | undefined>(steps.length).fill(undefined);
    for (const [at, step] of curve.steps.entries()) column[place.get(step)!] = curve.values[at];
    return column;
  });
  return [steps, ...columns];
}
