import { cutEdge } from "../actions/edit";
import { KIND_TEXT, kindOfTensor } from "../canvas/kinds";
import { WireFigures } from "../canvas/WireCard";
import { shape } from "../model/format";
import { wireKey } from "../model/overlay";
import { tensorOn } from "../model/report";
import type { Edge } from "../model/types";
import { Icon } from "../parts/Icon";
import { useEditor } from "../state/store";

export function EdgeInspector({ edge }: { edge: Edge }) {
  const tensor = useEditor((state) => tensorOn(state.report, state.place.path, edge));
  const mark = useEditor((state) => state.overlay?.wires.get(wireKey(state.place.path, edge)));
  return (
    <div className="stack">
      <h2>Wire</h2>
      <dl className="ed-figures-list">
        <div><dt>From</dt><dd className="mono">{edge.from}</dd></div>
        <div><dt>To</dt><dd className="mono">{edge.to}</dd></div>
        <div><dt>Shape</dt><dd className="mono">{tensor?.shape ? shape(tensor.shape) : "unknown"}</dd></div>
        {tensor?.shape && <div><dt>Kind</dt><dd>{tensor.dtype}, {KIND_TEXT[kindOfTensor(tensor)]}</dd></div>}
      </dl>
      {mark?.figures && <WireFigures mark={mark} />}
      <button type="button" className="btn danger" onClick={() => cutEdge(edge)}><Icon name="close" /> Cut</button>
      <p className="muted">Alt-click a wire cuts it; drag one of its ends to move it to another port.</p>
    </div>
  );
}
