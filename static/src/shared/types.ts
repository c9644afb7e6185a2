/** What the API's answers hold, as far as the pages read it. */
import type { Json, Schema } from "./schema/fields";

export type { Json, Schema };

export interface Listing<T> {
  items: T[];
  count: number;
  next: number | null;
}

export type RunState = "queued" | "running" | "lost" | "done" | "failed" | "cancelled";

export interface RunProgress {
  step: number | null;
  total_steps: number | null;
  epoch: number | null;
  total_epochs: number | null;
  eta_s: number | null;
}

export interface Fault {
  message: string;
  remedy: string;
}

export interface RunRow {
  id: string;
  name: string;
  state: RunState;
  desired: string;
  design: { id: string; name: string; version: number; url: string };
  dataset: { id: string; name: string; url: string };
  task: string;
  progress: RunProgress;
  metrics: Record<string, number | null>;
  best_accuracy: number | null;
  device: string;
  error: Fault | null;
  created: string;
  started: string | null;
  finished: string | null;
  seconds: number;
  owner: string;
  last_seq: number;
  url: string;
}

export interface PerClass {
  name: string;
  accuracy: number | null;
  support: number;
}

export interface RunResult {
  metrics: Record<string, Json> & { per_class?: PerClass[]; confusion?: number[][] };
  seconds?: number;
  samples_per_s?: number;
  onnx?: string | null;
}

export interface RunDetail extends RunRow {
  recipe: Recipe;
  result: RunResult | null;
  latency: { batch: number; p50_ms: number; p95_ms: number; backend: string } | null;
  threads: number | null;
  attempt: number;
  resumable: boolean;
  ahead: number | null;
  demos: string[];
}

export interface Artifact {
  name: string;
  size: number;
  step: number | null;
  created: string;
  url: string;
}

export interface Estimate {
  memory_bytes: number;
  limit_bytes: number;
  fits: boolean;
  seconds_per_epoch: number | null;
  seconds: number | null;
  samples_per_s: number | null;
  steps_per_epoch: number | null;
  device: string | null;
  notes: string[];
}

export interface RunCreated {
  id: string;
  version: number;
  url: string;
}

export interface SeriesOut {
  steps: number[];
  values: (number | null)[];
  low?: (number | null)[] | null;
  high?: (number | null)[] | null;
}

export interface MetricsOut {
  seq: number;
  reset: boolean;
  series: Record<string, SeriesOut>;
  events: { type: string; [name: string]: unknown }[];
}

export interface DatasetRow {
  id: string;
  name: string;
  builtin: boolean;
  /** uploading, checking, ready, refused; a built-in one is ready or download. */
  state: string;
  reason: string;
  kind: string;
  task: string;
  size: number;
  received: number;
  progress: { done: number; total: number; text: string } | null;
  train_size: number | null;
  test_size: number | null;
  classes: number | null;
  created: string | null;
  runs: number;
  url: string;
}

export interface DatasetDetail extends DatasetRow {
  filename: string;
  version: string;
  help: string;
  facts: Record<string, Record<string, Json>>;
  counts: Record<string, Record<string, number>>;
  columns: { [name: string]: Json }[];
  notes: string[];
  options: Record<string, Json>;
  options_schema: Schema | null;
}

export interface Sample {
  index: number | null;
  image: string | null;
  text: string | null;
  row: Record<string, Json> | null;
  label: string | null;
  value: number | null;
}

export interface UploadOut {
  id: string;
  state: string;
  size: number;
  received: number;
  part_bytes: number;
}

/** A registry entry that is part of a recipe: an optimizer, a schedule, ... */
export interface PartEntry {
  id: string;
  title: string;
  help: string;
  schema: Schema;
}

export type Part = { id: string } & Record<string, Json>;
export type Recipe = Record<string, Json>;

/** `/api/recipes`: what the recipe form is made of. */
export interface RecipeForm {
  schema: Schema;
  parts: Record<string, { kind: string; many: boolean; entries: PartEntry[] }>;
  methods: PartEntry[];
  presets: Record<string, { title: string; help: string; recipe: Recipe }>;
}

export interface Prediction {
  label: string;
  probability: number;
}

export interface Answer {
  predictions?: Prediction[];
  latency_ms: number;
  text?: string;
  value?: number;
}
