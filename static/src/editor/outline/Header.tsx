import type { Column } from "./cells";
import { sortBy, useOutline } from "./state";

/** Names of the columns; those with figures sort what stands within a level. */
export function Header({ columns }: { columns: readonly Column[] }) {
  const sort = useOutline((state) => state.sort);
  return (
    <div role="rowgroup" className="ed-outline-head">
      <div role="row" className="ed-outline-row" aria-rowindex={1}>
        {columns.map(({ id, title, cost, about }, at) => {
          const sorted = cost && sort?.by === cost ? (sort.rising ? "ascending" : "descending") : undefined;
          return (
            <div key={id} role="columnheader" aria-colindex={at + 1} aria-sort={cost ? (sorted ?? "none") : undefined} className={`ed-cell ${id}${cost ? " num" : ""}`} title={about}>
              {cost ? (
                <button type="button" className="ed-sort" onClick={() => sortBy(cost)}>
                  {title}
                  <span aria-hidden="true">{sorted === "descending" ? " ↓" : sorted === "ascending" ? " ↑" : ""}</span>
                </button>
              ) : (
                title
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
