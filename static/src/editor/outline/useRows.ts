import { useEffect, useMemo } from "react";
import { madeAtPath } from "../actions/generators";
import { allGraphs } from "../model/graph";
import { madeAt } from "../model/report";
import type { Design } from "../model/types";
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

const hasGenerators = (design: Design): boolean =>
  allGraphs(design).some(([, graph]) => graph.nodes.some((node) => [node, ...Object.values(node.choice ?? {})].some((one) => one.generator)));

/** Fetches what generators made where it is to be seen and is not known; where it cannot be, the row is closed again. */
function useMade(rows: readonly Row[], analysed: boolean): void {
  useEffect(() => {
    if (!analysed) return;
    for (const { key, waits } of rows) {
      if (!waits) continue;
      const wanted = editor.getState().report?.nodes[waits.path]?.group;
      void madeAtPath(waits.path, waits.generator).then((made) => {
        const { open, set, fold } = useOutline.getState();
        if (made === null) fold(key, false);
        // Another than the report tells of would be waited for, and asked for, without end.
        else if (made === wanted) set({ open: new Set(open) });
      });
    }
  }, [rows, analysed]);
}

export function useRows(known: Known): Row[] {
  const { open, sort, filter } = useOutline();
  const looked = useEditor(() => [...repetitions()].flat().join(" "));
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const { design } = known;
  // The answer of the server changes the order only while sorted, and what is found only while there is a filter; what generators made is told by it.
  const generates = useMemo(() => hasGenerators(design), [design]);
  const report = sort || words.length || generates ? known.report : null;
  const rows = useMemo(() => {
    const indexes = repetitions();
    return rowsOf(design, {
      open,
      repetition: (key) => indexes.get(key) ?? 0,
      madeAt: madeAt(report),
      cost: sort ? (path) => costAt(report, path, sort.by) : undefined,
      rising: sort?.rising,
      match: words.length ? (row) => words.every((word) => wordsOf(row, known).includes(word)) : undefined,
    });
  }, [design, open, sort, filter, looked, report, known.registry]);
  useMade(rows, known.report !== null);
  return rows;
}
