import { Fragment } from "react";
import { count } from "../model/format";
import { graphOf, isRepeated, meaningOf, nodeOf, placeOf } from "../model/graph";
import { editor, useEditor } from "../state/store";

/** Where one is among nested groups; in a repeated group also which repetition's figures are shown. */
export function Breadcrumb() {
  const steps = useEditor((state) => state.steps);
  const design = useEditor((state) => state.history.design);
  const figures = useEditor((state) => (state.place.path ? state.report?.nodes[state.place.path] : undefined));
  const report = useEditor((state) => state.report);
  if (!steps.length) return null;
  const go = (depth: number) => editor.getState().goTo(steps.slice(0, depth), depth < steps.length ? [steps[depth]!.node] : []);
  return (
    <nav className="ed-crumbs" aria-label="Groups entered">
      <button type="button" className="btn quiet small" onClick={() => go(0)}>{design.name}</button>
      {steps.map((step, depth) => {
        const around = placeOf(design, steps.slice(0, depth));
        const node = nodeOf(graphOf(design, around.graph), step.node);
        if (!node) return null;
        const last = depth === steps.length - 1;
        const path = [around.path, step.node].filter(Boolean).join(".");
        const repeats = report?.nodes[path]?.repeat ?? 0;
        return (
          <Fragment key={depth}>
            <span aria-hidden="true">/</span>
            {last ? (
              <strong aria-current="location">{step.node}{meaningOf(design, node).group !== step.node && <small className="muted"> {meaningOf(design, node).group}</small>}</strong>
            ) : (
              <button type="button" className="btn quiet small" onClick={() => go(depth + 1)}>{step.node}</button>
            )}
            {isRepeated(node) && (
              <label className="ed-repetition" title="Whose figures are shown; edits change all repetitions">
                <span className="visually-hidden">Repetition of {step.node}</span>
                <select
                  className="select"
                  value={step.index ?? 0}
                  onChange={(event) =>
                    editor.getState().set({ steps: steps.map((one, at) => (at === depth ? { ...one, index: Number(event.target.value) } : one)) })
                  }
                >
                  {Array.from({ length: Math.max(1, repeats) }, (_, index) => (
                    <option key={index} value={index}>{index + 1} of {Math.max(1, repeats)}</option>
                  ))}
                </select>
              </label>
            )}
          </Fragment>
        );
      })}
      {figures?.params !== undefined && <span className="badge" title="Of this instance">{count(figures.params)} params · {count(figures.macs ?? 0)} MACs</span>}
      <button type="button" className="btn small" onClick={() => go(steps.length - 1)} title="Leave the group (Esc)">Close</button>
    </nav>
  );
}
