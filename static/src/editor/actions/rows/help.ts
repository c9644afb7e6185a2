import { editor } from "../../state/store";
import { help } from "../help";
import type { Action } from "../table";

export const HELP: Action[] = [
  {
    id: "help",
    title: "Help on the selected node, or the block in the palette",
    topic: "Help",
    keys: ["f1"],
    icon: "help",
    words: "documentation formula paper",
    anywhere: "typing",
    run: () => {
      if (!help()) editor.getState().set({ dialog: "keys" });
    },
  },
];
