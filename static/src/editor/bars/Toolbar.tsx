import { tidyUp, turn } from "../actions/arrange";
import { download, downloadPicture } from "../actions/files";
import { chooseFile } from "../actions/open";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { NameField } from "../parts/NameField";
import { chooseDataset } from "../state/session";
import { editor, useEditor } from "../state/store";
import { SaveBadge } from "./SaveBadge";

const { set, undo, redo, perform } = editor.getState();

export function Toolbar() {
  const name = useEditor((state) => state.history.design.name);
  const version = useEditor((state) => state.version);
  return (
    <div className="ed-toolbar" role="toolbar" aria-label="Design">
      <NameField className="ed-name" label="Name of the design" hideLabel mono={false} value={name} problem={(text) => (text ? null : "A design needs a name.")} onCommit={(text) => perform({ type: "setDesign", args: { set: { name: text } } }, { label: "rename design" })} />
      {version !== null && <span className="badge" title="Newest saved version">v{version}</span>}
      <SaveBadge />
      <UndoRedo />
      <Views />
      <span className="ed-gap" />
      <DatasetSelect />
      <LayoutButtons />
      <button type="button" className="btn ed-wide" onClick={() => set({ dialog: "save" })} title="Save a version (Ctrl+S)"><Icon name="save" /> <span>Save version</span></button>
      <Menu
        label="More"
        items={[
          { label: "Download as JSON", icon: "download", run: download },
          { label: "Download as PNG", icon: "download", run: () => void downloadPicture("png") },
          { label: "Download as SVG", icon: "download", run: () => void downloadPicture("svg") },
          { label: "Open a file: JSON, picture, ONNX", icon: "upload", run: chooseFile },
          { label: "Save a version", icon: "save", run: () => set({ dialog: "save" }) },
          { label: "Tidy up", icon: "tidy", run: () => void tidyUp() },
          { label: "Turn the layout", icon: "turn", run: turn },
          { label: "Keyboard shortcuts", icon: "keyboard", run: () => set({ dialog: "keys" }) },
        ]}
      >
        <Icon name="more" />
      </Menu>
      <button type="button" className="btn primary" onClick={() => set({ dialog: "train" })} title="Train (Ctrl+Enter)"><Icon name="play" size={14} /> Train</button>
    </div>
  );
}

function UndoRedo() {
  const last = useEditor((state) => state.history.log.at(-1)?.label);
  const next = useEditor((state) => state.history.undone.at(-1)?.label);
  return (
    <span className="ed-cluster">
      <button type="button" className="btn quiet icon" disabled={!last} aria-label="Undo" title={last ? `Undo ${last} (Ctrl+Z)` : "Nothing to undo"} onClick={undo}><Icon name="undo" /></button>
      <button type="button" className="btn quiet icon" disabled={!next} aria-label="Redo" title={next ? `Redo ${next} (Ctrl+Shift+Z)` : "Nothing to redo"} onClick={redo}><Icon name="redo" /></button>
    </span>
  );
}

function Views() {
  const view = useEditor((state) => state.view);
  return (
    <span className="segments" role="tablist" aria-label="View">
      <button type="button" role="tab" aria-label="Graph" aria-selected={view === "graph"} onClick={() => set({ view: "graph" })}><Icon name="graph" size={14} /> <span>Graph</span></button>
      <button type="button" role="tab" aria-label="Outline" aria-selected={view === "outline"} onClick={() => set({ view: "outline", quickAdd: null })}><Icon name="outline" size={14} /> <span>Outline</span></button>
      <button type="button" role="tab" aria-label="Code" aria-selected={view === "code"} onClick={() => set({ view: "code", quickAdd: null })}><Icon name="code" size={14} /> <span>Code</span></button>
    </span>
  );
}

function LayoutButtons() {
  const direction = useEditor((state) => state.direction);
  return (
    <span className="ed-cluster ed-wide">
      <button type="button" className="btn quiet icon" aria-label="Tidy up" title="Tidy up the layout (Shift+L)" onClick={() => void tidyUp()}><Icon name="tidy" /></button>
      <button type="button" className="btn quiet icon" aria-label={direction === "down" ? "Lay out from left to right" : "Lay out from top to bottom"} title={direction === "down" ? "From left to right" : "From top to bottom"} onClick={turn}><Icon name="turn" /></button>
    </span>
  );
}

function DatasetSelect() {
  const datasets = useEditor((state) => state.datasets);
  const dataset = useEditor((state) => state.dataset);
  const task = useEditor((state) => state.history.design.task);
  const ready = datasets.filter((one) => one.state === "ready" || one.state === "download");
  const fits = ready.filter((one) => !task || !one.task || one.task === task);
  const others = ready.filter((one) => !fits.includes(one));
  const option = (one: (typeof ready)[number]) => <option key={one.id} value={one.id}>{one.name}</option>;
  return (
    <label className="ed-dataset" title="The data whose facts the design follows: number of classes, size of pictures">
      <span>Data</span>
      <select className="select" aria-label="Data set" value={dataset ?? ""} onChange={(event) => chooseDataset(event.target.value || null)}>
        <option value="">none</option>
        {fits.map(option)}
        {others.length > 0 && <optgroup label="For other tasks">{others.map(option)}</optgroup>}
      </select>
    </label>
  );
}
