import { useCallback, useSyncExternalStore } from "react";

/** Does a media query hold now? */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** As in the style sheets: on a phone panels lie below the canvas, one at a time. */
export const usePhone = (): boolean => useMedia("(max-width: 700px)");
