/** From row to row by keyboard, as the ARIA practices have it for a tree with columns. */
import { type Row, parentKey } from "./rows";

export interface Spot {
  /** Index of the row; of the column, or null for the row as a whole. */
  row: number;
  column: number | null;
}

export type Move = { to: Spot } | { fold: Row; open: boolean } | null;

interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** Where a key leads from a spot; null when it is none of ours. */
export function moveFrom({ row, column }: Spot, rows: readonly Row[], columns: number, page: number, press: Press): Move {
  const last = rows.length - 1;
  const far = press.ctrlKey || press.metaKey;
  const to = (next: number, at = column): Move => ({ to: { row: Math.max(0, Math.min(last, next)), column: at } });
  const here = rows[row];
  if (!here) return null;
  switch (press.key) {
    case "ArrowDown":
      return to(row + 1);
    case "ArrowUp":
      return to(row - 1);
    case "PageDown":
      return to(row + page);
    case "PageUp":
      return to(row - page);
    case "Home":
      return column === null || far ? to(0) : to(row, 0);
    case "End":
      return column === null || far ? to(last) : to(row, columns - 1);
    case "ArrowRight":
      if (column === null) return here.expands && !here.open ? { fold: here, open: true } : to(row, 0);
      return to(row, Math.min(columns - 1, column + 1));
    case "ArrowLeft":
      if (column !== null) return to(row, column === 0 ? null : column - 1);
      if (here.open) return { fold: here, open: false };
      return here.level > 1 ? to(rows.findIndex((one) => one.key === parentKey(here.key))) : null;
    default:
      return null;
  }
}

/** The next row whose id or block starts with what was typed; with one letter, the search goes on behind the present row. */
export function typeAhead(rows: readonly Row[], from: number, typed: string, text: (row: Row) => string): number {
  const start = typed.length === 1 ? from + 1 : from;
  for (let step = 0; step < rows.length; step++) {
    const at = (start + step) % rows.length;
    if (rows[at]!.id.toLowerCase().startsWith(typed) || text(rows[at]!).toLowerCase().startsWith(typed)) return at;
  }
  return -1;
}

/** The siblings between two rows, both included; rows at other levels are none. */
export const between = (rows: readonly Row[], from: number, to: number): Row[] =>
  rows.slice(Math.min(from, to), Math.max(from, to) + 1).filter((row) => parentKey(row.key) === parentKey(rows[from]!.key));
