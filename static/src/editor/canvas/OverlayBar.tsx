import { Icon } from "../parts/Icon";
import "./overlay.css";
import { editor, useEditor } from "../state/store";

/** Says which marks lie over the graph, and takes them off. */
export function OverlayBar() {
  const overlay = useEditor((state) => state.overlay);
  if (!overlay) return null;
  return (
    <div className="ed-overlay-bar" role="status">
      <strong>{overlay.title}</strong>
      {overlay.legend && <span className="muted">{overlay.legend}</span>}
      <button type="button" className="btn quiet icon small" aria-label={`Hide ${overlay.title}`} title="Hide" onClick={() => editor.getState().set({ overlay: null })}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}
