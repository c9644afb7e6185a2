import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { instance, width } from "../canvas/bridge";

/** As in the style sheets: below this there is room for one thing at a time. */
const WIDE = "(min-width: 901px)";

const watch = (changed: () => void): (() => void) => {
  const query = matchMedia(WIDE);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
};

/** Is there room for two things beside each other? */
export const useWide = (): boolean => useSyncExternalStore(watch, () => matchMedia(WIDE).matches);

/** Keeps what is in the middle of the canvas there when the canvas gets narrower or wider by `opened`. */
export function useCentre(opened: boolean): void {
  const before = useRef<number | null>(null);
  useLayoutEffect(() => {
    const now = width();
    const view = instance()?.getViewport();
    if (before.current && now && view) void instance()?.setViewport({ ...view, x: view.x + (now - before.current) / 2 });
  }, [opened]);
  useEffect(() => {
    before.current = width();
  });
}
