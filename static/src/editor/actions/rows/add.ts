import { quickAdd, searchPalette } from "../navigate";
import type { Action } from "../table";

export const ADD: Action[] = [
  { id: "quick", title: "Search and add at the pointer (also double-click)", topic: "Add and connect", keys: ["tab", "shift+a"], icon: "plus", words: "new block node", run: quickAdd },
  { id: "search", title: "Search the palette of blocks", topic: "Add and connect", keys: ["/"], icon: "search", run: searchPalette },
];
