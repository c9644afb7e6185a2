import { applyFix } from "../actions/edit";
import { madeAtPath } from "../actions/generators";
import { graphOf, isRepeated, joinPath, meaningOf } from "../model/graph";
import type { DesignNode } from "../model/types";
import { focusInspector } from "../parts/focus";
import { editor } from "../state/store";
import { type Column, issuesOf } from "./cells";
import { type Row, inDataOrder } from "./rows";
import { sameSteps, selectRows } from "./select";

/** Into the group of a row, its first node selected; what a generator makes is fetched first. */
async function enterRow(row: Row): Promise<void> {
  const node = row.item as DesignNode;
  const index = isRepeated(node) ? 0 : null;
  const { group, generator } = meaningOf(editor.getState().design(), node);
  const key = generator ? await madeAtPath(index === null ? row.path : joinPath(row.path, "0"), generator) : group;
  const { set, design, steps } = editor.getState();
  const inside = key && sameSteps(steps, row.steps) ? graphOf(design(), key) : undefined;
  if (!inside) return;
  const [first] = inDataOrder(inside);
  set({ steps: [...steps, { node: row.id, index }], selected: new Set(first ? [first.id] : []), selectedEdges: new Set() });
}

/** What Enter does: a group is entered; else what stands in the column is edited. */
export function openSpot(row: Row, column: Column | null): void {
  selectRows([row]);
  const { set, report } = editor.getState();
  if (column?.id === "inputs" && row.kind !== "input") return set({ dialog: "connect" });
  if (column?.id === "node") return focusInspector("name");
  const fix = column?.id === "issues" ? issuesOf(row, report).find((issue) => issue.fix) : undefined;
  if (fix) return applyFix(fix);
  if (column || !row.expands) return focusInspector();
  void enterRow(row);
}
