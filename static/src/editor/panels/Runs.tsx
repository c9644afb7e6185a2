import { useEffect } from "react";
import { useAsync } from "@shared/ui/useAsync";
import { ago } from "../model/format";
import { RUN_FIGURES, type RunFigure } from "../model/runState";
import { Icon } from "../parts/Icon";
import * as server from "../state/server";
import { editor, useEditor } from "../state/store";

const TONE: Record<string, string> = { done: "ok", running: "info", queued: "info", failed: "bad", lost: "warn", cancelled: "" };

const WATCHABLE = new Set(["running", "lost", "done", "failed", "cancelled"]);

function watch(run: string, name: string): void {
  const { watched, set } = editor.getState();
  set({ watched: watched?.run === run ? null : { run, name, by: watched?.by ?? "gradient" } });
}

/** By which figure of the run the nodes are coloured. */
function Coloured({ by }: { by: RunFigure }) {
  return (
    <div className="field">
      <span className="label" id="coloured-by">Nodes coloured by</span>
      <div className="segments wrap" role="group" aria-labelledby="coloured-by">
        {RUN_FIGURES.map((one) => (
          <button key={one.id} type="button" aria-pressed={one.id === by} title={one.help} onClick={() => editor.getState().set({ watched: { ...editor.getState().watched!, by: one.id } })}>{one.title}</button>
        ))}
      </div>
    </div>
  );
}

/** The runs of this design, with links; looked at again every few seconds while one is going. */
export function Runs() {
  const designId = useEditor((state) => state.designId);
  const list = useAsync(() => (designId ? server.runs(designId) : Promise.resolve(null)), [designId]);
  const watched = useEditor((state) => state.watched);
  const going = list.data?.items.some((run) => ["queued", "running", "lost"].includes(run.state));
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(list.reload, 4000);
    return () => clearInterval(timer);
  }, [going, list.reload]);
  return (
    <div className="ed-panel-body stack">
      <button type="button" className="btn primary" onClick={() => editor.getState().set({ dialog: "train" })}>Train this design</button>
      {watched && <Coloured by={watched.by} />}
      {list.fault && <p className="note bad">{list.fault}</p>}
      <ul className="ed-versions">
        {list.data?.items.map((run) => (
          <li key={run.id}>
            <div className="grow">
              <a href={run.url ?? `/runs/${run.id}`}>{run.name || run.id}</a>
              <p className="muted">
                {[run.dataset?.name, run.design && `v${run.design.version}`, ago(run.created)].filter(Boolean).join(", ")}
                {run.best_accuracy != null && <>, {(100 * run.best_accuracy).toFixed(1)} %</>}
              </p>
            </div>
            {run.kind === "train" && WATCHABLE.has(run.state) && (
              <button
                type="button"
                className="btn quiet icon small"
                aria-pressed={watched?.run === run.id}
                aria-label={`Show ${run.name} on the nodes`}
                title="Gradients, weights, updates and dead units on the nodes"
                onClick={() => watch(run.id, run.name)}
              >
                <Icon name="eye" />
              </button>
            )}
            <span className={`badge ${TONE[run.state] ?? ""}`}>{run.kind === "import" ? "imported" : run.state}</span>
          </li>
        ))}
      </ul>
      {(!designId || list.data?.items.length === 0) && <p className="muted">No runs yet.</p>}
    </div>
  );
}
