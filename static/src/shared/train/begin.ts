/** What a training begins with, as the API takes it. Pure. */
import type { Schemas } from "../types";

export type WeightsRow = Schemas["WeightsRow"];

/** Null for fresh weights; "same" for those of the run that is repeated. */
export type Begin = { run: string; checkpoint: "best" | "last"; strict: boolean } | "same" | null;

/** The choice as the value of an option. */
export const named = (begin: Begin): string => (begin === null ? "" : begin === "same" ? begin : `${begin.run} ${begin.checkpoint}`);

/** As a field of what starts a run; left out, a repeated run keeps its own. */
export const fieldOf = (begin: Begin): { weights?: Exclude<Begin, "same"> } => (begin === "same" ? {} : { weights: begin });

/** The runs in groups that have some, in the order in which they are worth a look. */
export function rowsOf(rows: readonly WeightsRow[]): { title: string; rows: WeightsRow[] }[] {
  const of = (title: string, take: (row: WeightsRow) => boolean) => ({ title, rows: rows.filter(take) });
  return [
    of("This design", (row) => row.own && row.fits),
    of("Other designs, all tensors fit", (row) => !row.own && row.fits),
    of("Most tensors fit, the rest begins fresh", (row) => !row.fits),
  ].filter((part) => part.rows.length > 0);
}
