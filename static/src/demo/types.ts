import type { Refined, Schemas } from "../shared/types";

export type Widget = Schemas["DemoDetail"]["widget"];

export interface FormField {
  name: string;
  kind: "number" | "category";
  values?: string[];
  low?: number;
  high?: number;
  default?: number;
}

export type DemoRow = Schemas["DemoRow"];
/** The page's own copy of a demo leaves out what its kind of input has not. */
export type DemoDetail = Refined<Schemas["DemoDetail"], { input: Partial<Refined<Schemas["DemoInput"], { fields: FormField[] }>> }>;
export type DemoAnswer = Schemas["PredictOut"];
