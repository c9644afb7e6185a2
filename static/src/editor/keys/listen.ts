/** From a key that was pressed to the action it is bound to. */
import { ACTIONS, type Action } from "../actions/table";
import { editor } from "../state/store";
import { clashes, useCustomKeys } from "./bindings";
import { comboOf } from "./combo";

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && !!target.closest('input:not([type="checkbox"], [type="range"]), textarea, select, [contenteditable="true"]');

const onCanvas = (target: EventTarget | null): boolean =>
  target instanceof Element && (target === document.body || target.matches(".ed-stage") || !!target.closest(".ed-canvas, .ed-outline-rows"));

/** In the code, keys move about in a text; the canvas beside it is as it always is. */
export const isCode = (target: EventTarget | null): boolean =>
  editor.getState().view === "code" && (!document.querySelector(".ed-canvas") || (target instanceof Element && !!target.closest(".ed-code")));

/** May the action be done from where the focus is? */
function heardHere(action: Action, combo: string, target: EventTarget | null): boolean {
  if (isTyping(target)) return action.anywhere === "typing";
  if (isCode(target) && !action.anywhere && action.topic !== "Panels") return false;
  if (action.onNode) return target instanceof Element && target.matches(".react-flow__node");
  // The outline's rows are one stop of the walk with Tab.
  if (combo === "tab" && editor.getState().view === "outline") return false;
  if ((action.onCanvas || combo === "tab") && !onCanvas(target)) return false;
  // A focused button is pressed, and Tab goes on from it.
  if (combo === "enter" && target instanceof Element && target.closest("button")) return false;
  return !(combo === "tab" && target instanceof Element && target.closest(".react-flow__node, .react-flow__edge, button"));
}

export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const combo = comboOf(event);
  for (const action of clashes(ACTIONS, useCustomKeys.getState().custom, combo)) {
    // The browser turns these into events of the clipboard.
    if (action.fixed || !heardHere(action, combo, event.target)) continue;
    if (action.run(event) !== false) event.preventDefault();
    return;
  }
}
