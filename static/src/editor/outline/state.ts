/** What the outline remembers while other views are shown: what is open, how it is sorted, where one was. */
import { create } from "zustand";
import type { Cost } from "../model/cost";
import { madeAt } from "../model/report";
import { editor } from "../state/store";
import { keyOfSteps, rowsOf } from "./rows";

export interface Sort {
  by: Cost;
  rising: boolean;
}

interface OutlineState {
  open: ReadonlySet<string>;
  sort: Sort | null;
  filter: string;
  /** Key of the row that has, or would have, the focus. */
  active: string | null;
  set(patch: Partial<Pick<OutlineState, "open" | "sort" | "filter" | "active">>): void;
  fold(key: string, open: boolean): void;
}

export const useOutline = create<OutlineState>()((set, get) => ({
  open: new Set<string>(),
  sort: null,
  filter: "",
  active: null,
  set,
  fold(key, open) {
    const next = new Set(get().open);
    if (open) next.add(key);
    else next.delete(key);
    set({ open: next });
  },
}));

/** Opens the groups that one stands in, so that what is selected can be seen. */
export function unfoldPlace(): void {
  const { steps } = editor.getState();
  const { open, set } = useOutline.getState();
  const keys = steps.map((_, at) => keyOfSteps(steps.slice(0, at + 1)));
  if (keys.some((key) => !open.has(key))) set({ open: new Set([...open, ...keys]) });
}

const COST_WORDS: Record<Cost, string> = { params: "parameters", macs: "MACs", activation_bytes: "activations" };

/** Costliest first, cheapest first, in the order of the data. */
export function sortBy(cost: Cost): void {
  const { sort, set } = useOutline.getState();
  const next = sort?.by !== cost ? { by: cost, rising: false } : sort.rising ? null : { by: cost, rising: true };
  set({ sort: next });
  editor.getState().say(next ? `Sorted by ${COST_WORDS[cost]}, ${next.rising ? "least" : "most"} first` : "In the order of the data");
}

/** So many at once are more than anybody reads. */
const MOST_UNFOLDED = 500;

/** Groups with groups inside are opened level by level, each press one level more. */
export function unfoldAll(): void {
  const { history, report } = editor.getState();
  const { open, set } = useOutline.getState();
  const rows = rowsOf(history.design, { open, repetition: () => 0, madeAt: madeAt(report) });
  const closed = rows.filter((row) => row.expands && !open.has(row.key)).slice(0, MOST_UNFOLDED);
  set({ open: new Set([...open, ...closed.map((row) => row.key)]) });
}
