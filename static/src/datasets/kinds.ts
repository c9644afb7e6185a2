/** Words for kinds, tasks and states of data sets. */
import type { DatasetRow } from "../shared/types";

export const KINDS: Record<string, string> = {
  image_folder: "Pictures in folders",
  csv_text: "Sentences in a CSV",
  csv_table: "Table in a CSV",
  text: "Plain text",
  builtin: "Built in",
};

export const TASKS: Record<string, string> = {
  image_classification: "Image classification",
  text_classification: "Text classification",
  byte_lm: "Language modelling",
  tabular_classification: "Table, classes",
  tabular_regression: "Table, numbers",
};

export const words = (table: Record<string, string>, key: string): string => table[key] ?? key.replaceAll("_", " ");

export const STATE: Record<string, { kind: string; word: string }> = {
  ready: { kind: "ok", word: "Ready" },
  download: { kind: "info", word: "Not downloaded" },
  uploading: { kind: "info", word: "Uploading" },
  checking: { kind: "info", word: "Checking" },
  refused: { kind: "bad", word: "Refused" },
};

export const moving = (row: Pick<DatasetRow, "state">): boolean => row.state === "uploading" || row.state === "checking";
