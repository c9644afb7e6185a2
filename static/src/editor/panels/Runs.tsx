import { useEffect } from "react";
import { useAsync } from "@shared/ui/useAsync";
import { ago } from "../model/format";
import * as server from "../state/server";
import { editor, useEditor } from "../state/store";

const TONE: Record<string, string> = { done: "ok", running: "info", queued: "info", failed: "bad", lost: "warn", cancelled: "" };

/** The runs of this design, with links; looked at again every few seconds while one is going. */
export function Runs() {
  const designId = useEditor((state) => state.designId);
  const list = useAsync(() => (designId ? server.runs(designId) : Promise.resolve(null)), [designId]);
  const going = list.data?.items.some((run) => ["queued", "running", "lost"].includes(run.state));
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(list.reload, 4000);
    return () => clearInterval(timer);
  }, [going, list.reload]);
  return (
    <div className="ed-panel-body stack">
      <button type="button" className="btn primary" onClick={() => editor.getState().set({ dialog: "train" })}>Train this design</button>
      {list.fault && <p className="note bad">{list.fault}</p>}
      <ul className="ed-versions">
        {list.data?.items.map((run) => (
          <li key={run.id}>
            <div className="grow">
              <a href={run.url ?? `/runs/${run.id}`}>{run.name || run.id}</a>
              <p className="muted">
                {run.dataset?.name}{run.design ? `, v${run.design.version}` : ""}, {ago(run.created)}
                {run.best_accuracy != null && <>, {(100 * run.best_accuracy).toFixed(1)} %</>}
              </p>
            </div>
            <span className={`badge ${TONE[run.state] ?? ""}`}>{run.state}</span>
          </li>
        ))}
      </ul>
      {(!designId || list.data?.items.length === 0) && <p className="muted">No runs yet.</p>}
    </div>
  );
}
