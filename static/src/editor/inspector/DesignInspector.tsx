import { useId } from "react";
import { goToPath } from "../actions/navigate";
import { percent, ranked } from "../model/cost";
import { explain } from "../model/figures";
import { capital, count } from "../model/format";
import { looseIssues } from "../model/report";
import { OverridesPart } from "./OverridesPart";
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
      <OverridesPart />
      <Costliest />
      <p className="muted">Select a node to change it. Double-click the canvas or press <kbd>Tab</kbd> to add one; <kbd>?</kbd> lists all keys.</p>
    </div>
  );
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

/** The nodes that cost most; a click goes there. */
function Costliest() {
  const report = useEditor((state) => state.report);
  const rows = ranked(report, "macs").slice(0, 5);
  if (!rows.length) return null;
  return (
    <section aria-label="Where the work is">
      <h3>Where the work is</h3>
      <ul className="ed-list">
        {rows.map((row) => (
          <li key={row.name}>
            <button type="button" className="ed-link ed-cost" onClick={() => goToPath(row.path)} title={explain("macs", row.value)}>
              <span className="mono ellipsis grow">{row.name}{row.times > 1 && ` ×${row.times}`}</span>
              <span className="num">{count(row.value)}</span>
              <span className="num muted">{percent(row.share)}</span>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className="btn quiet small" onClick={() => editor.getState().set({ panel: "cost" })}>All costs, and a budget</button>
    </section>
  );
}
