/** Copy, cut and paste through the browser's own events: no permission is asked, other tabs can paste. */
import { copySelection, pasteClip, pasteText, removeSelection, selectedNodes } from "./actions/edit";
import { pointerOrMiddle, toGraph } from "./canvas/bridge";
import { isCode, isTyping } from "./keys/listen";
import { editor } from "./state/store";

let shift = false;

const elsewhere = (event: Event): boolean =>
  isTyping(event.target) || isCode(event.target) || !!document.querySelector("dialog[open]");

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

/** From a menu: has the browser copy or cut, which comes back as one of the events above. */
export function copyByCommand(what: "copy" | "cut"): void {
  if (!document.execCommand(what)) editor.getState().notify(`The browser did not let us ${what}: press Ctrl+${what === "copy" ? "C" : "X"}.`, "bad");
}

/** From a menu: what the clipboard holds, or what was copied last in this tab where reading it is not allowed. */
export async function pasteByCommand(keepInputs: boolean): Promise<void> {
  const text = await navigator.clipboard?.readText().catch(() => "");
  if (text && pasteText(text, { keepInputs })) return;
  const { clip, notify } = editor.getState();
  if (clip) pasteClip(clip, { at: toGraph(pointerOrMiddle()), keepInputs });
  else notify("Nothing to paste: copy nodes of a Blockyard design first.");
}
