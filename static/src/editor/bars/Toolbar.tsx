import { tidyUp, turn } from "../actions/arrange";
import { download, downloadPicture } from "../actions/files";
import { chooseFile } from "../actions/open";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { NameField } from "../parts/NameField";
import { usePhone } from "../parts/useMedia";
import { editor, useEditor } from "../state/store";
import { DatasetSelect } from "./DatasetSelect";
import { SaveBadge } from "./SaveBadge";

const { set, undo, redo, perform } = editor.getState();

export function Toolbar() {
  const name = useEditor((state) => state.history.design.name);
  const version = useEditor((state) => state.version);
  const transforms = useEditor((state) => !!state.registry?.transforms.length);
  const phone = usePhone();
  return (
    <div className="ed-toolbar" role="toolbar" aria-label="Design">
      <NameField className="ed-name" label="Name of the design" hideLabel mono={false} value={name} problem={(text) => (text ? null : "A design needs a name.")} onCommit={(text) => perform({ type: "setDesign", args: { set: { name: text } } }, { label: "rename design" })} />
      {version !== null && <span className="badge" title="Newest saved version">v{version}</span>}
      <SaveBadge />
      <UndoRedo />
      <Views />
      <span className="ed-gap" />
      {!phone && <DatasetSelect />}
      <LayoutButtons />
      <button type="button" className="btn ed-wide" onClick={() => set({ dialog: "save" })} title="Save a version (Ctrl+S)"><Icon name="save" /> <span>Save version</span></button>
      <Menu
        label="More"
        items={[
          { label: "Download as JSON", icon: "download", run: download },
          { label: "Download as PNG", icon: "download", run: () => void downloadPicture("png") },
          { label: "Download as SVG", icon: "download", run: () => void downloadPicture("svg") },
          { label: "Open a file: JSON, picture, ONNX", icon: "upload", run: chooseFile },
          { label: "Profile…", icon: "cost", run: () => set({ dialog: "profile" }) },
          ...(transforms ? [{ label: "Transform…", icon: "wand" as const, run: () => set({ dialog: "transform" }) }] : []),
          { label: "Save a version", icon: "save", run: () => set({ dialog: "save" }) },
          { label: "Tidy up", icon: "tidy", run: () => void tidyUp() },
          { label: "Turn the layout", icon: "turn", run: turn },
          { label: "Keyboard shortcuts", icon: "keyboard", run: () => set({ dialog: "keys" }) },
        ]}
      >
        <Icon name="more" />
      </Menu>
      <button type="button" className="btn primary" onClick={() => set({ dialog: "train" })} title="Train (Ctrl+Enter)" aria-label="Train"><Icon name="play" size={14} /> <span>Train</span></button>
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
