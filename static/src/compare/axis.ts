/** Where the points of a curve lie: over steps, epochs, or the time that training took until then. Pure. */
import { type Curve } from "../shared/series/series";

export type Over = "step" | "epoch" | "time";

interface Progress {
  step: number | null;
  total_steps: number | null;
  epoch: number | null;
  total_epochs: number | null;
}

/** Steps of one pass over the training data; null while nothing says it. */
export function stepsPerEpoch({ step, total_steps: steps, epoch, total_epochs: epochs }: Progress): number | null {
  if (steps && epochs) return steps / epochs;
  return step && epoch ? step / epoch : null;
}

/** The curve with its steps in units of `size`. */
export const scaled = (curve: Curve, size: number): Curve => ({ ...curve, steps: curve.steps.map((step) => step / size) });

/**
 * The curve over seconds of training, from the throughput that was measured on the way: each stretch of steps took its
 * samples at its rate. Evaluations are not in it, so that a run that tests more often does not look slower.
 */
export function timed(curve: Curve, throughput: Curve, batch: number): Curve {
  const known = throughput.steps.flatMap((step, at) => {
    const rate = throughput.values[at];
    return rate ? [{ step, rate }] : [];
  });
  let [at, from, seconds] = [0, 0, 0];
  const steps = curve.steps.map((step) => {
    for (; at < known.length && known[at]!.step <= step; at += 1) {
      seconds += ((known[at]!.step - from) * batch) / known[at]!.rate;
      from = known[at]!.step;
    }
    // Between two reports, and after the last: at the rate of the next, or of the last.
    const rate = (known[at] ?? known.at(-1))?.rate;
    return rate ? seconds + ((step - from) * batch) / rate : 0;
  });
  return { ...curve, steps };
}
