/** Ends of a chart's axes. Pure. */

/** Nearer than this share of their size two ends leave uPlot no tick between them that a float can name: it counts for ever. */
const LEAST_SHARE = 1e-9;

/** The ends, or ends just far enough apart to count from one to the other. */
export function wide(low: number, high: number): [number, number] {
  const least = Math.max(Math.abs(low), Math.abs(high)) * LEAST_SHARE;
  return high - low >= least ? [low, high] : [low - least, high + least];
}

/** A fixed range that is narrowed while all of the curve lies in a small part of it. */
export function fit([low, high]: [number, number], least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [low, high];
  return [least > low + (high - low) * 0.6 ? low + (high - low) * 0.5 : low, high];
}

/** The values with some room about them. Values apart by rounding alone (the mean of a constant) are one value. */
export function around(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const spread = high - low > size * LEAST_SHARE ? high - low : size || 1;
  const room = spread * 0.08;
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}
