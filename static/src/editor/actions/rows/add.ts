import { editor } from "../../state/store";
import { addBeside } from "../insert";
import { quickAdd, quickInsert, searchPalette } from "../navigate";
import type { Action } from "../table";

const oneSelected = (): boolean => editor.getState().selected.size === 1;

export const ADD: Action[] = [
  { id: "quick", title: "Search and add at the pointer (also double-click)", short: "Add a block", topic: "Add and connect", keys: ["tab", "shift+a"], icon: "plus", words: "new block node", run: quickAdd },
  { id: "search", title: "Search the palette of blocks", topic: "Add and connect", keys: ["/"], icon: "search", run: searchPalette },
  { id: "add-after", title: "Add after the selected node, into its wires", topic: "Add and connect", keys: ["alt+shift+a"], words: "insert next", run: () => addBeside("after"), enabled: oneSelected },
  { id: "add-before", title: "Add before the selected node, into its wire", topic: "Add and connect", keys: ["shift+b"], words: "insert previous", run: () => addBeside("before"), enabled: oneSelected },
  { id: "add-branch", title: "Add a branch after the selected node", topic: "Add and connect", keys: ["shift+n"], words: "fork parallel", run: () => addBeside("branch"), enabled: oneSelected },
  { id: "connect", title: "Wires into the selected node: connect, cut, put in order", topic: "Add and connect", keys: ["shift+c"], icon: "link", words: "inputs source reorder", run: () => editor.getState().set({ dialog: "connect" }), enabled: oneSelected },
  { id: "insert", title: "Insert a block into the selected wire", short: "Insert a block", topic: "Add and connect", icon: "plus", words: "wire edge between", run: quickInsert, enabled: () => editor.getState().selectedEdges.size === 1 },
];
