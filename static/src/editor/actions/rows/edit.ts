import { focusInspector } from "../../parts/focus";
import { editor } from "../../state/store";
import { copyByCommand, pasteByCommand } from "../../clipboardEvents";
import { duplicate, removeSelection, selectAll, selectedNodes, toggleBypass, toggleMute } from "../edit";
import type { Action } from "../table";

const state = () => editor.getState();
const some = (): boolean => state().selected.size + state().selectedEdges.size > 0;
const someNodes = (): boolean => selectedNodes().length > 0;

export const EDIT: Action[] = [
  { id: "undo", title: "Undo", topic: "Edit", keys: ["mod+z"], icon: "undo", run: () => state().undo(), enabled: () => state().history.log.length > 0 },
  { id: "redo", title: "Redo", topic: "Edit", keys: ["mod+shift+z", "mod+y"], icon: "redo", run: () => state().redo(), enabled: () => state().history.undone.length > 0 },
  { id: "copy", title: "Copy, as JSON text that other tabs can paste", short: "Copy", topic: "Edit", keys: ["mod+c"], icon: "copy", fixed: true, run: () => copyByCommand("copy"), enabled: someNodes },
  { id: "cut", title: "Cut", topic: "Edit", keys: ["mod+x"], fixed: true, run: () => copyByCommand("cut"), enabled: someNodes },
  { id: "paste", title: "Paste at the pointer", short: "Paste", topic: "Edit", keys: ["mod+v"], fixed: true, run: () => void pasteByCommand(false) },
  { id: "paste-inputs", title: "Paste and keep the inputs", topic: "Edit", keys: ["mod+shift+v"], fixed: true, run: () => void pasteByCommand(true) },
  { id: "duplicate", title: "Duplicate", topic: "Edit", keys: ["mod+d"], run: duplicate, enabled: someNodes },
  { id: "delete", title: "Delete", topic: "Edit", keys: ["delete", "backspace"], icon: "trash", onCanvas: true, run: () => removeSelection(), enabled: some },
  { id: "heal", title: "Delete and join what was before and after", short: "Delete and reconnect", topic: "Edit", keys: ["mod+alt+x", "alt+delete", "alt+backspace"], words: "dissolve reconnect", run: () => removeSelection(true), enabled: someNodes },
  { id: "all", title: "Select all", topic: "Edit", keys: ["mod+a"], run: selectAll },
  { id: "cut-wire", title: "Cut the selected wires", short: "Cut the wire", topic: "Edit", words: "disconnect delete edge", run: () => removeSelection(), enabled: () => state().selectedEdges.size > 0 },
  { id: "bypass", title: "Bypass, or use again", topic: "Edit", keys: ["mod+b"], words: "skip identity disable", run: toggleBypass, enabled: someNodes },
  { id: "mute", title: "Mute the branch, or use it again", short: "Mute, or use again", topic: "Edit", keys: ["mod+m"], words: "disable off leave out", run: toggleMute, enabled: someNodes },
  { id: "params", title: "Edit the parameters of the selection", short: "Parameters", topic: "Edit", keys: ["alt+enter"], icon: "sliders", words: "inspector settings properties", run: () => focusInspector(), enabled: some },
  { id: "rename", title: "Rename", topic: "Edit", keys: ["f2"], words: "id name", run: () => focusInspector("name"), enabled: some },
  { id: "repeat", title: "Repeat the selected node", topic: "Edit", keys: ["shift+r"], words: "times chain depth", run: () => focusInspector("repeat"), enabled: someNodes },
];
