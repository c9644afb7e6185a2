import { editor } from "../../state/store";
import { alignSelection, nudge, spreadSelection, tidyAll, tidySelection, tidyUp, turn } from "../arrange";
import type { Action } from "../table";

const STEPS: Record<string, [number, number]> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function move(event: KeyboardEvent | undefined, by: number): void | false {
  const step = STEPS[event?.key ?? ""];
  if (!step || !editor.getState().selected.size) return false;
  nudge(step[0] * by, step[1] * by);
}

const several = (): boolean => editor.getState().selected.size > 1;

const EDGES = [
  ["left", "left edges"],
  ["centre", "centres"],
  ["right", "right edges"],
  ["top", "top edges"],
  ["middle", "middles"],
  ["bottom", "bottom edges"],
] as const;

export const ARRANGE: Action[] = [
  { id: "nudge", title: "Move the selection", topic: "Arrange", keys: ["arrowup", "arrowdown", "arrowleft", "arrowright"], keysOnly: true, onCanvas: true, run: (event) => move(event, 8) },
  { id: "nudge-far", title: "Move the selection further", topic: "Arrange", keys: ["shift+arrowup", "shift+arrowdown", "shift+arrowleft", "shift+arrowright"], keysOnly: true, onCanvas: true, run: (event) => move(event, 40) },
  { id: "tidy", title: "Tidy up, around what was placed by hand", short: "Tidy up", topic: "Arrange", keys: ["shift+l"], icon: "tidy", words: "arrange auto layout", run: () => void tidyUp() },
  { id: "tidy-all", title: "Tidy all, also what was placed by hand", short: "Tidy all", topic: "Arrange", icon: "tidy", words: "arrange auto layout everything", run: () => void tidyAll() },
  { id: "tidy-selection", title: "Tidy the selection", topic: "Arrange", keys: ["alt+l"], words: "arrange auto layout", run: () => void tidySelection(), enabled: several },
  ...EDGES.map(([edge, word]): Action => ({ id: `align-${edge}`, title: `Align ${word}`, topic: "Arrange", words: "line up", run: () => alignSelection(edge), enabled: several })),
  { id: "spread-across", title: "Spread evenly across", topic: "Arrange", words: "distribute horizontally gaps", run: () => spreadSelection("across"), enabled: several },
  { id: "spread-down", title: "Spread evenly downwards", topic: "Arrange", words: "distribute vertically gaps", run: () => spreadSelection("down"), enabled: several },
  { id: "turn", title: "Turn the layout: left to right, or top to bottom", short: "Turn the layout", topic: "Arrange", icon: "turn", words: "direction horizontal vertical", run: turn },
];
