import { type RefObject, useLayoutEffect, useState } from "react";

const OVERSCAN = 6;

/** The rows to draw of a long list of rows of one height: those in sight, and some around them. */
export function useWindow(scroller: RefObject<HTMLElement | null>, count: number, height: number): { first: number; last: number; page: number } {
  const [seen, setSeen] = useState({ top: 0, rows: 30 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = (): void => {
      const top = Math.floor(element.scrollTop / height);
      const rows = Math.ceil(element.clientHeight / height);
      setSeen((before) => (before.top === top && before.rows === rows ? before : { top, rows }));
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller, height]);
  const first = Math.max(0, Math.min(seen.top, count - seen.rows) - OVERSCAN);
  return { first, last: Math.min(count, seen.top + seen.rows + OVERSCAN), page: Math.max(1, seen.rows - 2) };
}
