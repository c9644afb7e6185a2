import { type CSSProperties, memo } from "react";
import { meaningOf } from "../model/graph";
import { isMade } from "../model/made";
import type { DesignNode } from "../model/types";
import { Icon } from "../parts/Icon";
import { familyStyle } from "../parts/family";
import { type Column, type Known, issuesOf } from "./cells";
import type { Row } from "./rows";
import { useOutline } from "./state";

function familyOf(row: Row, { design, registry }: Known): string {
  if (row.kind !== "node") return "shape";
  const { block, group, generator } = meaningOf(design, row.item as DesignNode);
  return group || generator ? "group" : ((block && registry?.blocks.get(block)?.family) ?? "other");
}

interface Props {
  row: Row;
  index: number;
  top: number;
  known: Known;
  columns: readonly Column[];
  selected: boolean;
  /** Where the focus is in this row: a column, null for the row itself; undefined when it is not in this row. */
  focused: number | null | undefined;
}

/** One row of the tree; what it says can be read column by column. */
export const OutlineRow = memo(function OutlineRow({ row, index, top, known, columns, selected, focused }: Props) {
  const issues = issuesOf(row, known.report);
  const severity = issues.some((issue) => issue.severity !== "warning") ? "error" : issues.length ? "warning" : undefined;
  return (
    <div
      role="row"
      className="ed-outline-row"
      aria-level={row.level}
      aria-posinset={row.at}
      aria-setsize={row.of}
      aria-rowindex={index + 2}
      aria-expanded={row.expands ? row.open : undefined}
      aria-selected={selected}
      tabIndex={focused === null ? 0 : -1}
      data-key={row.key}
      data-index={index}
      data-severity={severity}
      data-made={isMade(row.graph) || undefined}
      data-active={focused !== undefined || undefined}
      style={{ top, "--level": row.level - 1, ...familyStyle(familyOf(row, known)) } as CSSProperties}
    >
      {columns.map((column, at) => {
        const text = column.text(row, known);
        const picture = column.picture?.(row, known);
        return (
          <div key={column.id} role="gridcell" aria-colindex={at + 1} aria-readonly={isMade(row.graph) || undefined} className={`ed-cell ${column.id}${column.cost ? " num" : ""}`} title={text || undefined} tabIndex={focused === at ? 0 : -1}>
            {at === 0 && (
              <>
                {row.expands ? (
                  // The row itself says whether it is open, and the arrows do the same.
                  <span className="ed-fold" aria-hidden="true" onClick={(event) => (event.stopPropagation(), useOutline.getState().fold(row.key, !row.open))}><Icon name="enter" size={14} /></span>
                ) : (
                  <span className="ed-fold" aria-hidden="true" />
                )}
                <span className="ed-swatch" aria-hidden="true" />
              </>
            )}
            {picture && <img src={picture} alt="" />}
            <span className="ellipsis">{text}</span>
          </div>
        );
      })}
    </div>
  );
});
