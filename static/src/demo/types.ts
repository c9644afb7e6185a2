export type Widget = "draw" | "image" | "text" | "form" | "generate";

export interface FormField {
  name: string;
  kind: "number" | "category";
  values?: string[];
  low?: number;
  high?: number;
  default?: number;
}

export interface DemoRow {
  slug: string;
  title: string;
  run: { id: string; name: string; url: string };
  design: string;
  dataset: string;
  created: string;
  owner: string;
  url: string;
}

export interface DemoDetail extends DemoRow {
  task: string;
  widget: Widget;
  input: { channels?: number | null; height?: number | null; width?: number | null; max_length?: number | null; fields?: FormField[] };
  labels: string[];
  metrics: Record<string, unknown>;
  predict_url: string;
}

export interface DemoAnswer {
  predictions: { label: string; probability: number | null; value: number | null }[];
  latency_ms: number;
  total_ms: number;
  value: number | null;
  text: string | null;
}
