/** Right-click, long press or the menu key on the canvas: what lies there is selected, and offers what can be done. */
import { type RefObject, useEffect } from "react";
import { create } from "zustand";
import type { Position } from "../model/types";
import { editor } from "../state/store";
import { cancelDrawing } from "./useDrawing";

export type MenuKind = "node" | "nodes" | "wire" | "canvas";

export const useContextMenu = create<{ open: { at: Position; kind: MenuKind } | null }>(() => ({ open: null }));
export const closeContextMenu = (): void => useContextMenu.setState({ open: null });

/** What the menu is about; a node or wire that is not selected becomes the selection. */
function aim(target: Element): MenuKind {
  const { selected, selectedEdges, select } = editor.getState();
  const wire = target.closest(".react-flow__edge")?.getAttribute("data-id");
  if (wire) {
    if (!selectedEdges.has(wire)) select([], [wire]);
    return "wire";
  }
  const node = target.closest(".react-flow__node")?.getAttribute("data-id");
  if (!node) return "canvas";
  if (!selected.has(node)) select([node]);
  return editor.getState().selected.size > 1 ? "nodes" : "node";
}

export function openMenu(target: Element, at: Position): void {
  cancelDrawing();
  useContextMenu.setState({ open: { at, kind: aim(target) } });
}

const LONG_MS = 500;
/** How long after the finger left a click may still come of it. */
const LATE_MS = 80;
const SHAKY_PX = 10;

/** Controls, panels and text on the canvas keep the browser's own menu. */
const isOurs = (target: EventTarget | null): target is Element =>
  target instanceof Element && !!target.closest(".react-flow__pane, .react-flow__node, .react-flow__edge") && !target.closest(".ed-issue, input");

export function useContextMenuEvents(host: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let timer = 0;
    let start: Position = { x: 0, y: 0 };
    let held = false;
    const onContextMenu = (event: MouseEvent) => {
      if (!isOurs(event.target)) return;
      event.preventDefault();
      clearTimeout(timer);
      // The menu key has no place of its own: beside what has the focus.
      const box = event.target.getBoundingClientRect();
      const byKey = event.clientX === 0 && event.clientY === 0;
      openMenu(event.target, byKey ? { x: box.x + 24, y: box.y + 24 } : { x: event.clientX, y: event.clientY });
    };
    // Not every browser on a touch screen makes a context menu of a long press.
    const onDown = (event: PointerEvent) => {
      clearTimeout(timer);
      held = false;
      if (event.pointerType !== "touch" || !event.isPrimary || !isOurs(event.target)) return;
      const target = event.target;
      start = { x: event.clientX, y: event.clientY };
      timer = window.setTimeout(() => {
        held = true;
        openMenu(target, start);
      }, LONG_MS);
    };
    const onMove = (event: PointerEvent) => {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > SHAKY_PX) clearTimeout(timer);
    };
    const swallow = (event: MouseEvent) => {
      if (isOurs(event.target)) event.stopPropagation();
    };
    const onEnd = () => {
      clearTimeout(timer);
      if (!held) return;
      // What the finger leaves behind is no press of a port or a node.
      window.addEventListener("click", swallow, true);
      setTimeout(() => window.removeEventListener("click", swallow, true), LATE_MS);
    };
    element.addEventListener("contextmenu", onContextMenu);
    element.addEventListener("pointerdown", onDown, true);
    element.addEventListener("pointermove", onMove, true);
    element.addEventListener("pointerup", onEnd, true);
    element.addEventListener("pointercancel", onEnd, true);
    return () => {
      clearTimeout(timer);
      element.removeEventListener("contextmenu", onContextMenu);
      element.removeEventListener("pointerdown", onDown, true);
      element.removeEventListener("pointermove", onMove, true);
      element.removeEventListener("pointerup", onEnd, true);
      element.removeEventListener("pointercancel", onEnd, true);
    };
  }, [host]);
}
