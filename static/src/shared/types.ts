/**
 * What the API's answers hold, as the pages read it. The shapes are the generated ones; where the API says only
 * "an object", the fields that we read are named here, and a field that the API no longer has is a type error.
 */
import type { components } from "./api/schema";
import type { Json, Schema } from "./schema/fields";

export type { Json, Schema };

export type Schemas = components["schemas"];

/** `T` with some of its fields said more exactly. */
export type Refined<T, U extends { [K in keyof U]: K extends keyof T ? unknown : never }> = Omit<T, keyof U> & U;

export interface Listing<T> {
  items: T[];
  count: number;
  next: number | null;
}

export type RunProgress = { [K in keyof Required<Schemas["RunProgress"]>]: number | null };
export type RunState = Schemas["RunRow"]["state"];
export type Fault = Schemas["Fault"];
export type Metrics = Record<string, number | null>;
export type RunRow = Refined<Schemas["RunRow"], { progress: RunProgress; metrics: Metrics }>;

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
  /** Of an import: the file it was read from, and what that held. */
  file?: string;
  tensors?: number;
  numbers?: number;
}

export interface Latency {
  batch: number;
  p50_ms: number;
  p95_ms: number;
  backend: string;
}

export type RunDetail = Refined<
  Schemas["RunDetail"],
  { progress: RunProgress; metrics: Metrics; recipe: Recipe; result: RunResult | null; latency: Latency | null }
>;

export type ComparedRun = Refined<Schemas["ComparedRun"], { progress: RunProgress; metrics: Metrics; recipe: Recipe; latency: Latency | null }>;

export type QueueRow = Refined<Schemas["QueueRow"], { progress: RunProgress; metrics: Metrics }>;
export type Queue = Refined<Schemas["QueueOut"], { items: QueueRow[] }>;

export type Artifact = Schemas["ArtifactRow"];
export type Estimate = Schemas["EstimateOut"];
export type RunCreated = Schemas["RunCreated"];
export type SeriesOut = Schemas["Series"];
export type MetricsOut = Refined<Schemas["MetricsOut"], { series: Record<string, SeriesOut>; events: { type: string; [name: string]: unknown }[] }>;

export type DatasetRow = Schemas["DatasetRow"];
export type DatasetDetail = Refined<
  Schemas["DatasetDetail"],
  { facts: Record<string, Record<string, Json>>; columns: { [name: string]: Json }[]; options: Record<string, Json>; options_schema: Schema | null }
>;
export type Sample = Refined<Schemas["Sample"], { row?: Record<string, Json> | null }>;
export type UploadOut = Schemas["UploadOut"];

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

/** An answer of a demo's model with its probability; a regression's has none. */
export interface Prediction {
  label: string;
  probability: number;
}
