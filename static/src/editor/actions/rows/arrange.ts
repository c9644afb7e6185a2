import { editor } from "../../state/store";
import { nudge, tidyUp, turn } from "../edit";
import type { Action } from "../table";

const STEPS: Record<string, [number, number]> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function move(event: KeyboardEvent | undefined, by: number): void | false {
  const step = STEPS[event?.key ?? ""];
  if (!step || !editor.getState().selected.size) return false;
  nudge(step[0] * by, step[1] * by);
}

export const ARRANGE: Action[] = [
  { id: "nudge", title: "Move the selection", topic: "Arrange", keys: ["arrowup", "arrowdown", "arrowleft", "arrowright"], keysOnly: true, onCanvas: true, run: (event) => move(event, 8) },
  { id: "nudge-far", title: "Move the selection further", topic: "Arrange", keys: ["shift+arrowup", "shift+arrowdown", "shift+arrowleft", "shift+arrowright"], keysOnly: true, onCanvas: true, run: (event) => move(event, 40) },
  { id: "tidy", title: "Tidy up the layout", topic: "Arrange", keys: ["shift+l"], icon: "tidy", words: "arrange auto layout", run: () => void tidyUp() },
  { id: "turn", title: "Turn the layout: left to right, or top to bottom", topic: "Arrange", icon: "turn", words: "direction horizontal vertical", run: turn },
];
