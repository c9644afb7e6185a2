import { Fragment } from "react";
import { COSTS } from "../model/cost";
import { FIGURES, explain } from "../model/figures";
import { bytes, count } from "../model/format";
import { graphOf, groupUses, isRepeated, meaningOf, nodeOf, placeOf } from "../model/graph";
import { isMade, madeBy } from "../model/made";
import { type NodeReport, madeAt } from "../model/report";
import type { Design, DesignNode } from "../model/types";
import { editor, useEditor } from "../state/store";

/** Where one is among nested groups; in a repeated group also which repetition's figures are shown. */
export function Breadcrumb() {
  const steps = useEditor((state) => state.steps);
  const design = useEditor((state) => state.history.design);
  const uses = useEditor((state) => (state.place.graph === null ? 0 : (groupUses(state.history.design).get(state.place.graph) ?? 0)));
  const last = useEditor((state) => state.place.path);
  const report = useEditor((state) => state.report);
  const graph = useEditor((state) => state.place.graph);
  if (!steps.length) return null;
  const maker = isMade(graph) && madeBy(graph).generator;
  const repeated = steps.at(-1)!.index !== null;
  const go = (depth: number) => editor.getState().goTo(steps.slice(0, depth), depth < steps.length ? [steps[depth]!.node] : []);
  return (
    <nav className="ed-crumbs" aria-label="Groups entered">
      <button type="button" className="btn quiet small" onClick={() => go(0)}>{design.name}</button>
      {steps.map((step, depth) => {
        const around = placeOf(design, steps.slice(0, depth), madeAt(report));
        const node = nodeOf(graphOf(design, around.graph), step.node);
        if (!node) return null;
        const last = depth === steps.length - 1;
        const path = [around.path, step.node].filter(Boolean).join(".");
        const repeats = report?.nodes[path]?.repeat ?? 0;
        return (
          <Fragment key={depth}>
            <span aria-hidden="true">/</span>
            {last ? (
              <strong aria-current="location">{step.node}{standsFor(design, node) !== step.node && <small className="muted"> {standsFor(design, node)}</small>}</strong>
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
      {uses > 1 && <span className="badge warn ed-definition" title="What is inside is common to all: a change here changes every one. Make one unique to change it alone.">definition of {uses} instances</span>}
      {isMade(graph) && <span className="badge ed-definition" title="A generator makes it anew from its parameters. To edit it, leave, select the node and turn it into a group.">made by {maker}, read-only</span>}
      <Sums path={last} repeated={repeated} />
      <button type="button" className="btn small" onClick={() => go(steps.length - 1)} title="Leave the group (Esc)">Close</button>
    </nav>
  );
}

/** The name of what a node stands for that can be opened. */
function standsFor(design: Design, node: DesignNode): string | null | undefined {
  const { group, generator } = meaningOf(design, node);
  return generator ?? (isMade(group) ? madeBy(group).name : group);
}

/** What the group in view costs: this instance of it, and where it repeats all its repetitions together. */
function Sums({ path, repeated }: { path: string; repeated: boolean }) {
  const here = useEditor((state) => state.report?.nodes[path]);
  const all = useEditor((state) => (repeated ? state.report?.nodes[path.slice(0, path.lastIndexOf("."))] : undefined));
  const words = (one: NodeReport): string => `${count(one.params ?? 0)} params · ${count(one.macs ?? 0)} MACs · ${bytes(one.activation_bytes ?? 0)}`;
  const story = (one: NodeReport): string => COSTS.map((cost) => `${FIGURES[cost].name}: ${explain(cost, one[cost])}`).join("\n");
  if (here?.params === undefined) return null;
  return (
    <>
      <span className="badge" data-testid="group-sum" title={`Of ${repeated ? "this repetition" : "this instance"}.\n${story(here)}`}>{words(here)}</span>
      {all?.repeat != null && all.repeat > 1 && <span className="badge" data-testid="group-sum-all" title={`Of all ${all.repeat} repetitions.\n${story(all)}`}>×{all.repeat}: {words(all)}</span>}
    </>
  );
}
