/** Where a waiting run goes among one's own. Pure. */
import type { QueueRow } from "../shared/types";

export type Way = "first" | "sooner" | "later";

type Row = Pick<QueueRow, "id" | "place" | "priority">;

/** Those it can change places with: they wait, and no priority parts them. */
const line = (run: Row, items: readonly Row[]): Row[] => items.filter((other) => other.place !== null && other.priority === run.priority);

export function neighbours(run: Row, items: readonly Row[]): { before: Row | null; after: Row | null } {
  const own = line(run, items);
  const at = own.findIndex((other) => other.id === run.id);
  return { before: own[at - 1] ?? null, after: at < 0 ? null : (own[at + 1] ?? null) };
}

/** The run it is to stand before; null for the end. */
export function goal(run: Row, items: readonly Row[], way: Way): string | null {
  const own = line(run, items);
  const at = own.findIndex((other) => other.id === run.id);
  const before = way === "first" ? 0 : way === "sooner" ? at - 1 : at + 2;
  return own[Math.max(0, before)]?.id ?? null;
}
