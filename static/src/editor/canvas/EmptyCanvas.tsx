import { api } from "@shared/api/client";
import { useTour } from "@shared/tour/progress";
import { Picture } from "@shared/ui/Picture";
import { useAsync } from "@shared/ui/useAsync";
import { useTemplate } from "../actions/files";
import { quickAdd } from "../actions/navigate";
import { chooseFile } from "../actions/open";
import { takeTour, tourIsUnderWay } from "../actions/tour";
import { short } from "../model/format";
import { Icon } from "../parts/Icon";
import * as server from "../state/server";
import { useEditor } from "../state/store";

/** What an empty canvas offers: a template, a first block, a file, the tour. */
export function EmptyCanvas() {
  const inGroup = useEditor((state) => state.place.graph !== null);
  return <div className="ed-empty">{inGroup ? <EmptyGroup /> : <EmptyDesign />}</div>;
}

function EmptyGroup() {
  return (
    <div className="ed-empty-box">
      <h2>This group is empty</h2>
      <p className="muted">Add blocks: double-click the canvas, press <kbd>Tab</kbd>, or drag one in.</p>
      <button type="button" className="btn" onClick={quickAdd}>Add a first block</button>
    </div>
  );
}

function EmptyDesign() {
  const zoo = useAsync(server.zoo, []);
  const touring = useTour((state) => state.shown);
  return (
    <div className="ed-empty-box">
      <h2>Start from something that works</h2>
      <p className="muted">Pick a published architecture, or build from blocks: double-click the canvas, press <kbd>Tab</kbd>, or drag one in.</p>
      <div className="ed-ways">
        {!touring && <button type="button" className="btn primary" onClick={takeTour}><Icon name="play" size={14} /> {tourIsUnderWay() ? "Go on with the tour" : "Take the tour"}</button>}
        <button type="button" className="btn" onClick={quickAdd}><Icon name="plus" size={15} /> Start from blocks</button>
        <button type="button" className="btn" onClick={chooseFile}><Icon name="upload" size={15} /> Open a file</button>
      </div>
      {zoo.fault && <p className="note bad">Templates cannot be fetched: {zoo.fault} <button type="button" className="btn small" onClick={zoo.reload}>Try again</button></p>}
      <ul className="ed-templates" aria-label="Templates">
        {zoo.data
          ? zoo.data.items.map((one) => <li key={one.id}><Template row={one} /></li>)
          : !zoo.fault && Array.from({ length: 6 }, (_, at) => <li key={at} className="skeleton ed-template" />)}
      </ul>
    </div>
  );
}

function Template({ row }: { row: server.ZooRow }) {
  const picture = useAsync((signal) => api.text(row.picture, { signal }), [row.picture]);
  const cost = [row.params != null && `${short(row.params)} params`, row.macs != null && `${short(row.macs)} MACs`].filter(Boolean);
  return (
    <button type="button" className="ed-template card" data-template={row.id} onClick={() => void useTemplate(row.id)}>
      {picture.data && <Picture svg={picture.data} />}
      <strong>{row.title || row.id}</strong>
      <span className="muted num">{cost.join(" · ") || "…"}</span>
    </button>
  );
}
