import { editor } from "../../state/store";
import { help } from "../help";
import { startTour, takeTour, tourIsUnderWay } from "../tour";
import type { Action } from "../table";

export const HELP: Action[] = [
  {
    id: "help",
    title: "Help on the selected node, or the block in the palette",
    short: "Help",
    topic: "Help",
    keys: ["f1"],
    icon: "help",
    words: "documentation formula paper",
    anywhere: "typing",
    run: () => {
      if (!help()) editor.getState().set({ dialog: "keys" });
    },
  },
  { id: "tour", title: "Take the tour, or go on with it", topic: "Help", icon: "play", words: "tutorial introduction learn", run: takeTour },
  { id: "tour-again", title: "Take the tour from its beginning", topic: "Help", icon: "reset", words: "tutorial restart", enabled: tourIsUnderWay, run: startTour },
];
