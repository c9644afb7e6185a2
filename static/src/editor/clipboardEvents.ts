/** Copy, cut and paste through the browser's own events: no permission is asked, other tabs can paste. */
import { copySelection, pasteText, removeSelection, selectedNodes } from "./actions/edit";
import { isTyping } from "./keys";
import { editor } from "./state/store";

let shift = false;

const elsewhere = (event: Event): boolean =>
  isTyping(event.target) || editor.getState().view !== "graph" || !!document.querySelector("dialog[open]");

function onCopy(event: ClipboardEvent): void {
  // Marked text (an error, the code) is what the person wants.
  if (elsewhere(event) || !getSelection()?.isCollapsed || !selectedNodes().length) return;
  const text = copySelection();
  if (!text) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
}

function onCut(event: ClipboardEvent): void {
  onCopy(event);
  if (event.defaultPrevented) removeSelection();
}

function onPaste(event: ClipboardEvent): void {
  if (elsewhere(event)) return;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (pasteText(text, { keepInputs: shift })) event.preventDefault();
  else if (text.trim()) editor.getState().notify("The clipboard holds no nodes of a Blockyard design.");
}

const onKey = (event: KeyboardEvent): void => void (shift = event.shiftKey);

export function listenToClipboard(): () => void {
  document.addEventListener("copy", onCopy);
  document.addEventListener("cut", onCut);
  document.addEventListener("paste", onPaste);
  window.addEventListener("keydown", onKey, true);
  return () => {
    document.removeEventListener("copy", onCopy);
    document.removeEventListener("cut", onCut);
    document.removeEventListener("paste", onPaste);
    window.removeEventListener("keydown", onKey, true);
  };
}
