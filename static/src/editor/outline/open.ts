import { applyFix } from "../actions/edit";
import { graphOf, isRepeated, meaningOf } from "../model/graph";
import type { DesignNode } from "../model/types";
import { focusInspector } from "../parts/focus";
import { editor } from "../state/store";
import { type Column, issuesOf } from "./cells";
import { type Row, inDataOrder } from "./rows";
import { selectRows } from "./select";

/** What Enter does: a group is entered; else what stands in the column is edited. */
export function openSpot(row: Row, column: Column | null): void {
  selectRows([row]);
  const { set, report, steps } = editor.getState();
  if (column?.id === "inputs" && row.kind !== "input") return set({ dialog: "connect" });
  if (column?.id === "node") return focusInspector("name");
  const fix = column?.id === "issues" ? issuesOf(row, report).find((issue) => issue.fix) : undefined;
  if (fix) return applyFix(fix);
  const design = editor.getState().design();
  const group = row.kind === "node" ? meaningOf(design, row.item as DesignNode).group : null;
  const inside = graphOf(design, group ?? null);
  if (column || !row.expands || !group || !inside) return focusInspector();
  const [first] = inDataOrder(inside);
  const step = { node: row.id, index: isRepeated(row.item as DesignNode) ? 0 : null };
  set({ steps: [...steps, step], selected: new Set(first ? [first.id] : []), selectedEdges: new Set() });
}
