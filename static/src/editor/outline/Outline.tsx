import { useEffect } from "react";
import { addBeside } from "../actions/insert";
import { Breadcrumb } from "../canvas/Breadcrumb";
import { OverlayBar } from "../canvas/OverlayBar";
import { Icon } from "../parts/Icon";
import { focusWork } from "../parts/focus";
import { useEditor } from "../state/store";
import { Grid } from "./Grid";
import { RowMenu } from "./RowMenu";
import "./outline.css";
import { unfoldAll, unfoldPlace, useOutline } from "./state";

/** The design as a tree with columns: everything the canvas shows and does, by keyboard alone and for screen readers. */
export function Outline() {
  const empty = useEditor(({ history: { design } }) => !design.nodes.length && !design.inputs.length && !design.outputs.length);
  useEffect(() => {
    unfoldPlace();
    focusWork();
  }, []);
  return (
    <section className="ed-outline" aria-label="Outline">
      <Bar />
      {empty ? (
        <div className="empty">
          <p>Nothing here yet.</p>
          <button type="button" className="btn" onClick={() => addBeside("after")}>Add a first block</button>
          <p className="muted">Or choose a template in the graph, or search the blocks with <kbd>/</kbd>.</p>
        </div>
      ) : (
        <Grid />
      )}
    </section>
  );
}

function Bar() {
  const filter = useOutline((state) => state.filter);
  const { set } = useOutline.getState();
  return (
    <div className="ed-outline-bar">
      <div className="search">
        <Icon name="search" />
        <input
          className="input"
          type="search"
          placeholder="Filter nodes"
          aria-label="Filter nodes by name, block or setting"
          value={filter}
          onChange={(event) => set({ filter: event.target.value })}
          onKeyDown={(event) => {
            if (event.key !== "ArrowDown" && event.key !== "Enter" && (event.key !== "Escape" || filter)) return;
            event.preventDefault();
            focusWork();
          }}
        />
      </div>
      <RowMenu />
      <button type="button" className="btn quiet small" title="Unfold one level more" onClick={unfoldAll}>Unfold</button>
      <button type="button" className="btn quiet small" title="Fold all groups" onClick={() => set({ open: new Set() })}>Fold</button>
      <span className="ed-gap" />
      <Breadcrumb />
      <OverlayBar />
    </div>
  );
}
