/** While nodes are dragged: guides that bring them in line, and clones that stay behind when Alt began the drag. */
import { type NodeChange, type NodePositionChange, useReactFlow } from "@xyflow/react";
import { useCallback, useRef } from "react";
import { create } from "zustand";
import { cloneAt } from "../actions/edit";
import type { Placed } from "../layout/align";
import { type Guide, type Lines, lineUp, linesOf } from "../layout/guides";
import type { Position } from "../model/types";
import { useSettings } from "../state/settings";
import type { FlowNode, WireFlowEdge } from "./flow";
import { detailOf } from "./look";

/** What is drawn over the graph while something is dragged. */
export const useDragMarks = create<{ guides: Guide[]; ghosts: Placed[] }>(() => ({ guides: [], ghosts: [] }));

const NO_MARKS = { guides: [], ghosts: [] };
/** On the screen. */
const REACH_PX = 6;

interface Drag {
  clone: boolean;
  /** Where the dragged nodes were. */
  start: Map<string, Placed>;
  lines: Lines;
  shift: Position;
}

const boxOf = (node: FlowNode): Placed => ({ id: node.id, ...node.position, width: node.measured?.width ?? 0, height: node.measured?.height ?? 0 });

function hull(boxes: readonly Placed[]): Placed {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return { id: "", x, y, width: Math.max(...boxes.map((box) => box.x + box.width)) - x, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

/** `free`: Alt is held, and nothing is brought in line. */
export function useDragging(free: boolean) {
  const flow = useReactFlow<FlowNode, WireFlowEdge>();
  const drag = useRef<Drag | null>(null);
  const loose = useRef(free);
  loose.current = free;

  const onDragStart = useCallback(
    (event: { altKey: boolean }, dragged: FlowNode[]) => {
      const start = new Map(dragged.map((node) => [node.id, boxOf(node)]));
      const clone = event.altKey && dragged.some((node) => node.type === "block");
      const { x, y, zoom } = flow.getViewport();
      const seen = { left: -x / zoom, top: -y / zoom, right: (innerWidth - x) / zoom, bottom: (innerHeight - y) / zoom };
      // Only what is seen, and near enough to be seen well: to be in line with something else would puzzle, and cost.
      const others = useSettings.getState().guides && detailOf(zoom) !== "far"
        ? flow.getNodes().filter((node) => (clone || !start.has(node.id)) && node.position.x < seen.right && node.position.x + 240 > seen.left && node.position.y < seen.bottom && node.position.y + 120 > seen.top)
        : [];
      drag.current = { clone, start, lines: linesOf(others.map(boxOf)), shift: { x: 0, y: 0 } };
      if (clone) useDragMarks.setState({ ghosts: [...start.values()] });
    },
    [flow],
  );

  /** React Flow's changes with the dragged nodes in line. */
  const inLine = useCallback(
    (changes: NodeChange<FlowNode>[]): NodeChange<FlowNode>[] => {
      const now = drag.current;
      if (!now) return changes;
      const moved = changes.filter((change): change is NodePositionChange & { position: Position } => change.type === "position" && !!change.position && now.start.has(change.id));
      if (!moved.length) return changes;
      // The change that ends a drag keeps the line of the last one that was seen.
      if (moved[0]!.dragging) {
        const box = hull(moved.map((change) => ({ ...now.start.get(change.id)!, ...change.position })));
        const { dx, dy, guides } = loose.current ? { dx: 0, dy: 0, guides: [] } : lineUp(box, now.lines, REACH_PX / flow.getZoom());
        now.shift = { x: dx, y: dy };
        if (guides.length || useDragMarks.getState().guides.length) useDragMarks.setState({ guides });
      }
      return changes.map((change) =>
        change.type === "position" && change.position && now.start.has(change.id)
          ? { ...change, position: { x: change.position.x + now.shift.x, y: change.position.y + now.shift.y } }
          : change,
      );
    },
    [flow],
  );

  /** Ends the drag: where each node lies now, or null when clones were left there instead. */
  const onDragStop = useCallback((dragged: FlowNode[]): Record<string, Position> | null => {
    const last = drag.current;
    drag.current = null;
    useDragMarks.setState(NO_MARKS);
    const { shift = { x: 0, y: 0 }, start, clone } = last ?? {};
    const [first] = dragged;
    const from = first && start?.get(first.id);
    if (clone && first && from) {
      cloneAt(dragged.map((node) => node.id), { x: first.position.x + shift.x - from.x, y: first.position.y + shift.y - from.y });
      return null;
    }
    return Object.fromEntries(dragged.map((node) => [node.id, { x: node.position.x + shift.x, y: node.position.y + shift.y }]));
  }, []);

  const isDragging = useCallback((): boolean => drag.current !== null, []);
  return { onDragStart, inLine, onDragStop, isDragging };
}
