/** Figures with their units, written the same way everywhere. A missing or non-finite figure is an en dash. */

export const NONE = "–";

const finite = (value: number | null | undefined): value is number => typeof value === "number" && Number.isFinite(value);

/** At most `digits` significant digits, no trailing zeros: 4.089 -> "4.09", 12 -> "12". */
export function significant(value: number, digits = 3): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 10 ** digits) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(digits)));
}

const STEPS: readonly [number, string][] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** A count in short: 61,706 -> "61.7 k", 25,557,032 -> "25.6 M". */
export function short(value: number | null | undefined): string {
  if (!finite(value)) return NONE;
  for (const [size, letter] of STEPS) {
    // 999,950 would round to "1000 k"; it belongs to the next letter.
    if (Math.abs(value) >= size * 0.99995) return `${significant(value / size)} ${letter}`;
  }
  return significant(value);
}

/** A count in full, with thousands separators. */
export function full(value: number | null | undefined): string {
  return finite(value) ? Math.round(value).toLocaleString("en-US") : NONE;
}

export function bytes(value: number | null | undefined): string {
  if (!finite(value)) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let size = value;
  while (Math.abs(size) >= 1023.5 && at < units.length - 1) {
    size /= 1024;
    at += 1;
  }
  return `${significant(size)} ${units[at]}`;
}

/** A length of time: "0.8 s", "45 s", "3 min 20 s", "2 h 05 min", "3 d 4 h". */
export function duration(seconds: number | null | undefined): string {
  if (!finite(seconds) || seconds < 0) return NONE;
  if (seconds < 9.95) return `${significant(seconds, 2)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (seconds < 3600) {
    const rest = Math.floor(seconds % 60);
    return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
  }
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ms(value: number | null | undefined): string {
  return finite(value) ? `${significant(value)} ms` : NONE;
}

/** A share of 1 as percent: 0.9722 -> "97.2 %". */
export function percent(value: number | null | undefined, digits = 1): string {
  return finite(value) ? `${(value * 100).toFixed(digits)} %` : NONE;
}

/** A plain number for a table or chart: few digits, exponents only where needed. */
export function plain(value: number | null | undefined): string {
  if (!finite(value)) return NONE;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace("e+", "e");
  return significant(value, 4);
}

/** A message of the engine as a sentence: "training diverged" -> "Training diverged." */
export function sentence(text: string): string {
  const bare = text.trim();
  return bare && bare[0]!.toUpperCase() + bare.slice(1) + (/[.?!…:]$/.test(bare) ? "" : ".");
}

/** "just now", "5 min ago", "3 h ago", else the date. */
export function ago(date: string | number | Date | null | undefined, now = Date.now()): string {
  if (date === null || date === undefined) return NONE;
  const then = new Date(date).getTime();
  if (!Number.isFinite(then)) return NONE;
  const seconds = Math.max(0, (now - then) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(then).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}

export interface MetricLook {
  label: string;
  /** Stands behind the title of an axis whose ticks have none. */
  unit: string;
  /** With its unit. */
  format: (value: number | null | undefined) => string;
  /** Without, for an axis. */
  tick: (value: number) => string;
}

const bare = (label: string, unit = ""): MetricLook => ({ label, unit, format: plain, tick: (value) => significant(value) });

const METRICS: Record<string, MetricLook> = {
  accuracy: { label: "Accuracy", unit: "", format: percent, tick: (value) => `${significant(value * 100)} %` },
  loss: bare("Loss"),
  perplexity: bare("Perplexity"),
  bits_per_byte: bare("Bits per byte"),
  rmse: bare("RMSE"),
  mae: bare("MAE"),
  r2: bare("R²"),
  lr: bare("Learning rate"),
  grad_norm: bare("Gradient norm"),
  samples_per_s: { label: "Throughput", unit: "samples/s", format: (value) => (finite(value) ? `${short(value)} samples/s` : NONE), tick: short },
  latency_ms: { label: "Latency", unit: "ms", format: ms, tick: (value) => significant(value) },
  n: { label: "Test samples", unit: "", format: full, tick: full },
};

/** How a metric is named and written, by the name the engine gives it. */
export function metricLabel(name: string): MetricLook {
  const key = name.replace(/^(train|test|valid)\//, "");
  return METRICS[key] ?? bare(key.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase()));
}
