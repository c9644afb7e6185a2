import { PANELS, type Panel } from "../../panels";
import { focusRegion, focusWork } from "../../parts/focus";
import { editor } from "../../state/store";
import type { Action } from "../table";

const { set } = editor.getState();

/** What is selected in the one is shown, and has the focus, in the other. */
function toggleOutline(): void {
  const { view, selected, show } = editor.getState();
  set({ view: view === "outline" ? "graph" : "outline", quickAdd: null });
  if (view === "outline" && selected.size) show([...selected]);
  focusWork();
}

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
  { id: "view-outline", title: "View: outline, or back to the graph", topic: "Panels", keys: ["shift+o"], icon: "outline", words: "tree table list screen reader keyboard", run: toggleOutline },
  { id: "view-code", title: "View: code", topic: "Panels", icon: "code", words: "pytorch python source", run: () => set({ view: "code", quickAdd: null }) },
  { id: "next-part", title: "Go to the next part of the page", topic: "Panels", keys: ["f6"], keysOnly: true, anywhere: "typing", run: () => focusRegion(1) },
  { id: "previous-part", title: "Go to the previous part of the page", topic: "Panels", keys: ["shift+f6"], keysOnly: true, anywhere: "typing", run: () => focusRegion(-1) },
];
