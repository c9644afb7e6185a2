import { useId } from "react";
import { capital, count, exact } from "../model/format";
import { graphOf, locate } from "../model/graph";
import { looseIssues } from "../model/report";
import { editor, useEditor } from "../state/store";

/** The design itself: what it is for, what is wrong with it, where its cost lies. */
export function DesignInspector() {
  const design = useEditor((state) => state.history.design);
  const tasks = useEditor((state) => state.registry?.tasks);
  const id = useId();
  const { perform } = editor.getState();
  return (
    <div className="stack">
      <h2>Design</h2>
      <div className="field">
        <label htmlFor={`${id}-d`}>Description</label>
        <textarea id={`${id}-d`} className="textarea" rows={3} value={design.description ?? ""} onChange={(event) => perform({ type: "setDesign", args: { set: { description: event.target.value } } }, { key: "description" })} />
      </div>
      <div className="field">
        <label htmlFor={`${id}-t`}>Task</label>
        <select id={`${id}-t`} className="select" value={design.task ?? ""} onChange={(event) => perform({ type: "setDesign", args: { set: { task: event.target.value || null } } })}>
          <option value="">none</option>
          {[...new Set([...(tasks ?? []).map((task) => task.id), ...(design.task ? [design.task] : [])])].map((task) => (
            <option key={task} value={task}>{capital(tasks?.find((one) => one.id === task)?.title ?? task.replace(/_/g, " "))}</option>
          ))}
        </select>
      </div>
      <Faults />
      <Costliest />
      <p className="muted">Select a node to change it. Double-click the canvas or press <kbd>Tab</kbd> to add one; <kbd>?</kbd> lists all keys.</p>
    </div>
  );
}

function goToPath(path: string, at?: { group: string | null; node: string } | null): void {
  const { goTo } = editor.getState();
  const design = editor.getState().design();
  const place = locate(design, path);
  if (place) goTo(place.steps, [place.node]);
  else if (at && graphOf(design, at.group) && at.group === null) goTo([], [at.node]);
}

function Faults() {
  const report = useEditor((state) => state.report);
  const design = useEditor((state) => state.history.design);
  const loose = looseIssues(report, design);
  const errors = report?.errors ?? [];
  if (!errors.length) return null;
  return (
    <section aria-label="Faults">
      <h3>{errors.length} thing{errors.length === 1 ? "" : "s"} to put right</h3>
      <ul className="ed-list">
        {errors.slice(0, 30).map((issue, index) => (
          <li key={index}>
            {loose.includes(issue) ? (
              <span>{issue.message}</span>
            ) : (
              <button type="button" className="ed-link" onClick={() => goToPath(issue.path, issue.at)}>
                <b className="mono">{issue.path}</b> {issue.message}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The leaves that cost most; a click goes there. */
function Costliest() {
  const report = useEditor((state) => state.report);
  if (!report?.total.macs) return null;
  const leaves = Object.entries(report.nodes).filter(([, node]) => node.block && (node.macs ?? 0) > 0 && node.repeat == null);
  const top = leaves.sort(([, a], [, b]) => (b.macs ?? 0) - (a.macs ?? 0)).slice(0, 5);
  if (!top.length) return null;
  return (
    <section aria-label="Costliest nodes">
      <h3>Where the work is</h3>
      <ul className="ed-list">
        {top.map(([path, node]) => (
          <li key={path}>
            <button type="button" className="ed-link ed-cost" onClick={() => goToPath(path)} title={`${exact(node.macs!)} MACs`}>
              <span className="mono ellipsis grow">{path}</span>
              <span className="num">{count(node.macs!)}</span>
              <span className="num muted">{((100 * node.macs!) / report.total.macs).toFixed(0)} %</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
