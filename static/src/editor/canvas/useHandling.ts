/** What dragging and the wheel do on the canvas, by the person's settings and by the device at hand. */
import type { ReactFlowProps } from "@xyflow/react";
import { type RefObject, useEffect, useState } from "react";
import { useSettings } from "../state/settings";

type Handling = Pick<ReactFlowProps, "panOnDrag" | "selectionOnDrag" | "panOnScroll" | "zoomOnScroll" | "snapToGrid">;

const LEFT_OR_MIDDLE = [0, 1];
const MIDDLE = [1];
const DEVICE = "blockyard.editor.trackpad";
const PAUSE_MS = 300;

/** Wheels of mice turn by notches of 120; fingers on a trackpad glide, and aslant. Pinching arrives with Ctrl. */
export function isTrackpad(event: Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "shiftKey"> & { wheelDeltaY?: number }): boolean {
  if (event.deltaMode !== 0) return false;
  if (event.deltaX !== 0 && !event.shiftKey) return true;
  return (event.wheelDeltaY ?? 120) % 120 !== 0;
}

/** Is it a trackpad? Asked anew at the start of each turn of the wheel, remembered for the next visit. */
function useTrackpad(host: RefObject<HTMLElement | null>, asked: boolean): boolean {
  const [trackpad, setTrackpad] = useState(() => globalThis.localStorage?.getItem(DEVICE) === "yes");
  useEffect(() => {
    const element = host.current;
    if (!asked || !element) return;
    let last = -Infinity;
    const onWheel = (event: WheelEvent) => {
      const starts = event.timeStamp - last > PAUSE_MS;
      last = event.timeStamp;
      if (!starts || event.ctrlKey) return;
      const found = isTrackpad(event);
      setTrackpad(found);
      localStorage.setItem(DEVICE, found ? "yes" : "no");
    };
    element.addEventListener("wheel", onWheel, { capture: true, passive: true });
    return () => element.removeEventListener("wheel", onWheel, { capture: true });
  }, [host, asked]);
  return trackpad;
}

/** While Alt is held, what is dragged leaves the grid. */
export function useFree(): boolean {
  const [free, setFree] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === "Alt" && setFree(event.type === "keydown");
    const onBlur = () => setFree(false);
    window.addEventListener("keydown", onKey);
    window.addEventListener("keyup", onKey);
    window.addEventListener("blur", onBlur);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("keyup", onKey);
      window.removeEventListener("blur", onBlur);
    };
  }, []);
  return free;
}

export function useHandling(host: RefObject<HTMLElement | null>, free: boolean): Handling {
  const drag = useSettings((state) => state.drag);
  const wheel = useSettings((state) => state.wheel);
  const snap = useSettings((state) => state.snap);
  const trackpad = useTrackpad(host, wheel === "auto");
  const pans = wheel === "pan" || (wheel === "auto" && trackpad);
  // Fingers on a screen have no Space to hold: they always move the view.
  const selects = drag === "select" && !matchMedia("(pointer: coarse)").matches;
  return {
    panOnDrag: selects ? MIDDLE : LEFT_OR_MIDDLE,
    selectionOnDrag: selects,
    panOnScroll: pans,
    zoomOnScroll: !pans,
    snapToGrid: snap && !free,
  };
}
