/** Moving about the editor: into searches, out of groups, from node to node. */
import { pointerOrMiddle, toGraph } from "../canvas/bridge";
import { cancelDrawing } from "../canvas/useDrawing";
import { edgeId, graphOf, locate } from "../model/graph";
import { editor } from "../state/store";
import { leaveGroup } from "./edit";
import { addBeside } from "./insert";

const state = () => editor.getState();

/** At the pointer; in the outline, which has no such place, after the selected row. */
export function quickAdd(): void {
  if (state().view === "outline") return addBeside("after");
  const screen = pointerOrMiddle();
  state().set({ quickAdd: { screen, at: toGraph(screen) } });
}

/** Search for what goes into the selected wire. */
export function quickInsert(): void {
  const [id] = state().selectedEdges;
  const into = graphOf(state().design(), state().place.graph)?.edges.find((edge) => edgeId(edge) === id);
  const screen = pointerOrMiddle();
  if (into) state().set({ quickAdd: { screen, at: toGraph(screen), wire: { end: into.from, side: "from" }, into: [into] } });
}

export function searchPalette(): void {
  state().set({ panel: "blocks" });
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>(".ed-palette input")?.focus());
}

/** Esc steps out of one thing at a time. */
export function stepOut(): void | false {
  if (cancelDrawing()) return;
  const { quickAdd: open, comparison, selected, selectedEdges, steps, view } = state();
  if (open) return state().set({ quickAdd: null });
  if (comparison) return state().set({ comparison: null });
  if (selected.size + selectedEdges.size) return state().select([]);
  if (steps.length) return leaveGroup();
  if (view === "code") return state().set({ view: "graph" });
  return false;
}

/** Selects the node that a report's path names, in the graph it lies in; `at` says where to look when it is gone. */
export function goToPath(path: string, at?: { group: string | null; node: string } | null): void {
  const { goTo } = editor.getState();
  const design = editor.getState().design();
  const place = locate(design, path);
  if (place) goTo(place.steps, [place.node]);
  else if (at && graphOf(design, at.group) && at.group === null) goTo([], [at.node]);
}
