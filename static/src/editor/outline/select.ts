/** A row that is gone to is what is selected, and its graph the one in view, so that every action means it. */
import type { Step } from "../model/graph";
import { editor } from "../state/store";
import { type Row, parentKey } from "./rows";

export const sameSteps = (a: Step[], b: Step[]): boolean => a.length === b.length && a.every((step, at) => step.node === b[at]!.node && step.index === b[at]!.index);

/** Selects rows of one graph. */
export function selectRows(rows: readonly Row[]): void {
  const [first] = rows;
  if (!first) return;
  const { steps, set, select } = editor.getState();
  const ids = rows.filter((row) => parentKey(row.key) === parentKey(first.key)).map((row) => row.id);
  if (sameSteps(steps, first.steps)) select(ids);
  else set({ steps: first.steps, selected: new Set(ids), selectedEdges: new Set() });
}

/** Adds a row to the selection or takes it out; a row of another graph begins a new one. */
export function toggleRow(row: Row): void {
  const { steps, selected, select } = editor.getState();
  if (!sameSteps(steps, row.steps)) return selectRows([row]);
  const next = new Set(selected);
  if (!next.delete(row.id)) next.add(row.id);
  select(next);
}
