import { useMemo } from "react";
import { editor, useEditor } from "../state/store";
import { type Known, costAt, wordsOf } from "./cells";
import { type Row, keyOfSteps, rowsOf } from "./rows";
import { useOutline } from "./state";

/** What the cells of the outline are made from. */
export function useKnown(): Known {
  const design = useEditor((state) => state.history.design);
  const registry = useEditor((state) => state.registry);
  const report = useEditor((state) => state.report);
  const overlay = useEditor((state) => state.overlay);
  return useMemo(() => ({ design, registry, report, overlay }), [design, registry, report, overlay]);
}

/** The repetition that is looked at of each group one is in: `layer1` to its number. */
const repetitions = (): Map<string, number> => {
  const { steps } = editor.getState();
  return new Map(steps.flatMap((step, at) => (step.index === null ? [] : [[keyOfSteps(steps.slice(0, at + 1)), step.index]])));
};

export function useRows(known: Known): Row[] {
  const { open, sort, filter } = useOutline();
  const looked = useEditor(() => [...repetitions()].flat().join(" "));
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const { design } = known;
  // The answer of the server changes the order only while sorted, and what is found only while there is a filter.
  const report = sort || words.length ? known.report : null;
  return useMemo(() => {
    const indexes = repetitions();
    return rowsOf(design, {
      open,
      repetition: (key) => indexes.get(key) ?? 0,
      cost: sort ? (path) => costAt(report, path, sort.by) : undefined,
      rising: sort?.rising,
      match: words.length ? (row) => words.every((word) => wordsOf(row, known).includes(word)) : undefined,
    });
  }, [design, open, sort, filter, looked, report, known.registry]);
}
