import { PANELS, type Panel } from "../../panels";
import { editor } from "../../state/store";
import type { Action } from "../table";

const { set } = editor.getState();

/** A row for each panel of the side bar, the views beside the graph, and the inspector. */
export const PANEL_ROWS: Action[] = [
  ...(Object.keys(PANELS) as Panel[]).map((id): Action => ({
    id: `panel-${id}`,
    title: `Panel: ${PANELS[id].title}`,
    topic: "Panels",
    icon: PANELS[id].icon,
    run: () => set({ panel: editor.getState().panel === id ? null : id }),
  })),
  { id: "inspector", title: "Inspector", topic: "Panels", icon: "panel", words: "properties params", run: () => set({ inspector: !editor.getState().inspector }) },
  { id: "view-graph", title: "View: graph", topic: "Panels", icon: "graph", run: () => set({ view: "graph" }) },
  { id: "view-code", title: "View: code", topic: "Panels", icon: "code", words: "pytorch python source", run: () => set({ view: "code", quickAdd: null }) },
];
