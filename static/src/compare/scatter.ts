/** The geometry of the scatter chart: Pareto front, axes, ticks. Pure. */

export interface Point {
  id: string;
  x: number;
  y: number;
}

/** The points that no other point beats in one figure without being worse in the other, by growing cost. */
export function front<P extends Point>(points: readonly P[], better: "max" | "min"): P[] {
  const sign = better === "max" ? 1 : -1;
  const sorted = [...points].sort((a, b) => a.x - b.x || sign * (b.y - a.y));
  const found: P[] = [];
  for (const point of sorted) {
    const last = found.at(-1);
    // Equal in both is beaten by nobody: designs that do equally well at equal cost are both on it.
    if (!last || sign * (point.y - last.y) > 0 || (point.x === last.x && point.y === last.y)) found.push(point);
  }
  return found;
}

export interface Axis {
  low: number;
  high: number;
  log: boolean;
  ticks: number[];
}

/** Worth a log axis: all positive, and the largest ten times the smallest or more. */
export function spreads(values: readonly number[]): boolean {
  const low = Math.min(...values);
  return values.length > 1 && low > 0 && Math.max(...values) / low >= 10;
}

/** An axis with some room about the values and round ticks, at most about `most` of them. */
export function axis(values: readonly number[], log: boolean, most = 6): Axis {
  const [least, greatest] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  if (log && least > 0) {
    const [from, to] = [Math.log10(least), Math.log10(greatest)];
    const room = Math.max((to - from) * 0.06, 0.04);
    const [low, high] = [10 ** (from - room), 10 ** (to + room)];
    return { low, high, log: true, ticks: logTicks(low, high, most) };
  }
  const room = (greatest - least) * 0.08 || Math.abs(greatest) * 0.1 || 0.5;
  const low = least >= 0 && least - room < 0 ? 0 : least - room;
  const high = greatest + room;
  return { low, high, log: false, ticks: linearTicks(low, high, most) };
}

function linearTicks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

function logTicks(low: number, high: number, most: number): number[] {
  const decades = Math.log10(high / low);
  if (decades < 0.7) return linearTicks(low, high, most);
  const factors = decades < 2 ? [1, 2, 5] : [1];
  const every = decades > most ? Math.ceil(decades / most) : 1;
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    if (power % every) continue;
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(12));
      if (tick >= low && tick <= high) found.push(tick);
    }
  }
  return found;
}

/** Where a value lies, from 0 at the low end to 1. */
export function place(value: number, { low, high, log }: Axis): number {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}
