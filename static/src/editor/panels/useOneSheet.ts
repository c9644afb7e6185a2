import { useEffect } from "react";
import { reveal } from "../canvas/bridge";
import { graphOf, nodeOf } from "../model/graph";
import { usePhone } from "../parts/useMedia";
import { editor } from "../state/store";

/** On a phone one sheet lies below the canvas: the one opened last; what is selected stays in sight above it. */
export function useOneSheet(): void {
  const phone = usePhone();
  useEffect(() => {
    if (!phone) return;
    return editor.subscribe((now, before) => {
      const panel = now.panel !== null && now.panel !== before.panel;
      const inspector = now.inspector && !before.inspector;
      if (panel && now.inspector) now.set({ inspector: false });
      else if (inspector && now.panel) now.set({ panel: null });
      // Once the canvas has its new size and React Flow has measured it.
      if (panel || inspector) requestAnimationFrame(() => requestAnimationFrame(revealSelected));
    });
  }, [phone]);
}

function revealSelected(): void {
  const { selected, place, design } = editor.getState();
  const [id] = selected;
  const at = id && nodeOf(graphOf(design(), place.graph), id)?.position;
  if (at) reveal(at);
}
