/** All keys in one list: what `?` shows is what is done. */
import {
  duplicate,
  groupSelection,
  leaveGroup,
  nudge,
  openSelected,
  removeSelection,
  selectAll,
  tidyUp,
  toggleBypass,
  ungroupSelection,
} from "./actions/edit";
import { instance, pointerOrMiddle, toGraph } from "./canvas/bridge";
import { FIT_PADDING } from "./canvas/useFocus";
import { editor } from "./state/store";

export interface Binding {
  id: string;
  keys: string[];
  does: string;
  topic: "Edit" | "Add and connect" | "Groups" | "View" | "Design";
  run?: (event: KeyboardEvent) => void | false;
}

const state = () => editor.getState();

export function quickAdd(): void {
  const screen = pointerOrMiddle();
  state().set({ quickAdd: { screen, at: toGraph(screen) } });
}

/** Esc steps out of one thing at a time. */
function escape(): void | false {
  const { quickAdd: open, selected, selectedEdges, steps, view } = state();
  if (open) return state().set({ quickAdd: null });
  if (view === "code") return state().set({ view: "graph" });
  if (selected.size + selectedEdges.size) return state().select([]);
  if (steps.length) return leaveGroup();
  return false;
}

const zoom = (by: number): void => void instance()?.zoomTo((instance()?.getZoom() ?? 1) * by, { duration: 120 });

export const BINDINGS: Binding[] = [
  { id: "undo", keys: ["mod+z"], does: "Undo", topic: "Edit", run: () => state().undo() },
  { id: "redo", keys: ["mod+shift+z", "mod+y"], does: "Redo", topic: "Edit", run: () => state().redo() },
  { id: "copy", keys: ["mod+c"], does: "Copy, as JSON text that other tabs can paste", topic: "Edit" },
  { id: "cut", keys: ["mod+x"], does: "Cut", topic: "Edit" },
  { id: "paste", keys: ["mod+v"], does: "Paste at the pointer", topic: "Edit" },
  { id: "paste-inputs", keys: ["mod+shift+v"], does: "Paste and keep the inputs", topic: "Edit" },
  { id: "duplicate", keys: ["mod+d"], does: "Duplicate", topic: "Edit", run: duplicate },
  { id: "delete", keys: ["delete", "backspace"], does: "Delete", topic: "Edit", run: () => removeSelection() },
  { id: "heal", keys: ["alt+delete", "alt+backspace"], does: "Delete and join what was before and after", topic: "Edit", run: () => removeSelection(true) },
  { id: "all", keys: ["mod+a"], does: "Select all", topic: "Edit", run: selectAll },
  { id: "bypass", keys: ["mod+b"], does: "Bypass, or use again", topic: "Edit", run: toggleBypass },
  { id: "nudge", keys: ["arrowup", "arrowdown", "arrowleft", "arrowright"], does: "Move the selection (Shift: further)", topic: "Edit", run: move },
  { id: "nudge-far", keys: ["shift+arrowup", "shift+arrowdown", "shift+arrowleft", "shift+arrowright"], does: "Move further", topic: "Edit", run: move },
  { id: "quick", keys: ["tab", "shift+a"], does: "Search and add at the pointer (also double-click)", topic: "Add and connect", run: quickAdd },
  { id: "search", keys: ["mod+k", "/"], does: "Search the palette", topic: "Add and connect", run: searchPalette },
  { id: "group", keys: ["mod+g"], does: "Make a group of the selection", topic: "Groups", run: groupSelection },
  { id: "ungroup", keys: ["mod+shift+g"], does: "Ungroup", topic: "Groups", run: ungroupSelection },
  { id: "open", keys: ["enter"], does: "Open the selected group (also double-click)", topic: "Groups", run: openSelected },
  { id: "leave", keys: ["escape"], does: "Deselect, then leave the group", topic: "Groups", run: escape },
  { id: "fit", keys: ["f", "mod+0"], does: "Show everything", topic: "View", run: () => void instance()?.fitView({ padding: FIT_PADDING, maxZoom: 1, duration: 200 }) },
  { id: "focus", keys: ["."], does: "Show the selection", topic: "View", run: () => (state().selected.size ? state().show([...state().selected]) : false) },
  { id: "in", keys: ["mod+=", "+"], does: "Zoom in", topic: "View", run: () => zoom(1.25) },
  { id: "out", keys: ["mod+-", "-"], does: "Zoom out", topic: "View", run: () => zoom(0.8) },
  { id: "tidy", keys: ["shift+l"], does: "Tidy up the layout", topic: "View", run: () => void tidyUp() },
  { id: "save", keys: ["mod+s"], does: "Save a version", topic: "Design", run: () => state().set({ dialog: "save" }) },
  { id: "train", keys: ["mod+enter"], does: "Train", topic: "Design", run: () => state().set({ dialog: "train" }) },
  { id: "keys", keys: ["?"], does: "This list", topic: "Design", run: () => state().set({ dialog: "keys" }) },
];

function move(event: KeyboardEvent): void | false {
  if (!state().selected.size) return false;
  const far = event.shiftKey ? 40 : 8;
  const [dx = 0, dy = 0] = { ArrowUp: [0, -far], ArrowDown: [0, far], ArrowLeft: [-far, 0], ArrowRight: [far, 0] }[event.key] ?? [0, 0];
  nudge(dx, dy);
}

function searchPalette(): void {
  state().set({ panel: "blocks" });
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>(".ed-palette input")?.focus());
}

const MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

/** The event as it is written in the list: `mod+shift+z`. */
export function comboOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const key = event.key.toLowerCase();
  const mod = MAC ? event.metaKey : event.ctrlKey;
  // Characters such as ? and + already carry their Shift.
  const shift = event.shiftKey && (key.length > 1 || /[a-z0-9]/.test(key));
  return [mod && "mod", event.altKey && "alt", shift && "shift", key].filter(Boolean).join("+");
}

export const showKeys = (combo: string): string[] =>
  combo === "+" ? ["+"] :
  combo.split("+").map((part) => ({ mod: MAC ? "⌘" : "Ctrl", alt: MAC ? "⌥" : "Alt", shift: "Shift", escape: "Esc", delete: "Del", arrowup: "↑", arrowdown: "↓", arrowleft: "←", arrowright: "→", backspace: "⌫", enter: "Enter", tab: "Tab" })[part] ?? part.toUpperCase());

const BY_COMBO = new Map(BINDINGS.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && !!target.closest('input:not([type="checkbox"], [type="range"]), textarea, select, [contenteditable="true"]');

/** Outside the canvas, keys that move the focus or press buttons do what they do everywhere. */
const COMMON = new Set(["tab", "enter", "arrowup", "arrowdown", "arrowleft", "arrowright", "shift+arrowup", "shift+arrowdown", "delete", "backspace"]);
const onCanvas = (target: EventTarget | null): boolean =>
  target instanceof Element && (target === document.body || !!target.closest(".ed-canvas"));

export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || isTyping(event.target)) {
    // Saving and training mean the same while typing.
    if (event.defaultPrevented || !["mod+s", "mod+enter"].includes(comboOf(event))) return;
  }
  if (document.querySelector("dialog[open]")) return;
  const combo = comboOf(event);
  const binding = BY_COMBO.get(combo);
  if (!binding?.run || (COMMON.has(combo) && !onCanvas(event.target))) return;
  // A focused node or wire: Tab walks on to the next.
  if (combo === "tab" && event.target instanceof Element && event.target.closest(".react-flow__node, .react-flow__edge, button")) return;
  if (combo === "enter" && event.target instanceof Element && event.target.closest("button")) return;
  if (state().view === "code" && !["Design"].includes(binding.topic) && binding.id !== "leave") return;
  if (binding.run(event) !== false) event.preventDefault();
}

