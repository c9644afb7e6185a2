import { instance } from "../../canvas/bridge";
import { FIT_PADDING } from "../../canvas/useFocus";
import { COSTS } from "../../model/cost";
import { FIGURES } from "../../model/figures";
import { moving } from "../../parts/motion";
import { colourBy } from "../../state/figures";
import { measureNodes } from "../../state/profiling";
import { editor } from "../../state/store";
import { walk, walkTowards } from "../walk";
import type { Action } from "../table";

const state = () => editor.getState();
const zoom = (by: number): void => void instance()?.zoomTo((instance()?.getZoom() ?? 1) * by, { duration: moving(120) });
const showAll = (): void => void instance()?.fitView({ padding: FIT_PADDING, maxZoom: 1, duration: moving(200) });
const showSelection = (): void | false => (state().selected.size ? state().show([...state().selected]) : false);

/** The selection in the middle at full size; without one, everything. */
function focus(): void {
  const nodes = [...state().selected].map((id) => ({ id }));
  if (!nodes.length) return showAll();
  void instance()?.fitView({ nodes, minZoom: 1, maxZoom: 1, duration: moving(200) });
}

export const VIEW: Action[] = [
  { id: "commands", title: "Commands: everything that can be done or gone to", topic: "View", keys: ["mod+k"], icon: "search", words: "palette", anywhere: true, keysOnly: true, run: () => state().set({ dialog: "commands" }) },
  { id: "find", title: "Find a node, at any depth", topic: "View", keys: ["mod+f"], icon: "search", words: "search go to jump", run: () => state().set({ dialog: "find" }) },
  { id: "fit", title: "Show everything", topic: "View", keys: ["mod+0"], icon: "fit", words: "fit zoom whole", run: showAll },
  { id: "fit-selection", title: "Fit the selection into view", topic: "View", keys: ["."], words: "zoom", run: showSelection, enabled: () => state().selected.size > 0 },
  { id: "focus", title: "Focus: the selection at full size, or everything", topic: "View", keys: ["f"], words: "centre zoom", run: focus },
  { id: "walk", title: "Walk to the next node, as the data flows", topic: "View", keys: ["tab"], keysOnly: true, onNode: true, run: () => walk(1) },
  { id: "walk-back", title: "Walk back to the node before", topic: "View", keys: ["shift+tab"], keysOnly: true, onNode: true, run: () => walk(-1) },
  { id: "walk-towards", title: "Walk where the arrow points, along wires", topic: "View", keys: ["mod+arrowup", "mod+arrowdown", "mod+arrowleft", "mod+arrowright"], keysOnly: true, onCanvas: true, run: walkTowards },
  { id: "in", title: "Zoom in", topic: "View", keys: ["mod+=", "+"], run: () => zoom(1.25) },
  { id: "out", title: "Zoom out", topic: "View", keys: ["mod+-", "-"], run: () => zoom(0.8) },
  ...COSTS.map((cost): Action => ({ id: `colour-${cost}`, title: `Colour nodes by ${FIGURES[cost].noun}`, topic: "View", icon: "cost", words: "heat cost expensive", run: () => colourBy(cost), enabled: () => state().report !== null })),
  { id: "measure", title: "Measure time and memory of every node", topic: "View", icon: "cost", words: "profile heat latency slow milliseconds", run: () => (state().set({ panel: "cost" }), void measureNodes()), enabled: () => !!state().report?.hash },
  { id: "colour-none", title: "Take the colours and marks off", topic: "View", words: "heat cost overlay", run: () => colourBy(null), enabled: () => state().overlay !== null },
];
