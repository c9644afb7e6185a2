import { ViewportPortal } from "@xyflow/react";
import { useDragMarks } from "./useDragging";

/** Guides where a dragged node is in line, and where the originals of clones stay. */
export function DragMarks() {
  const { guides, ghosts } = useDragMarks();
  if (!guides.length && !ghosts.length) return null;
  return (
    <ViewportPortal>
      {ghosts.map((box) => (
        <div key={box.id} className="ed-ghost" style={{ translate: `${box.x}px ${box.y}px`, width: box.width, height: box.height }} />
      ))}
      {guides.map(({ axis, at, from, to }) => (
        <div
          key={`${axis}${at}`}
          className="ed-guide"
          data-axis={axis}
          style={axis === "x" ? { translate: `${at}px ${from}px`, height: to - from } : { translate: `${from}px ${at}px`, width: to - from }}
        />
      ))}
    </ViewportPortal>
  );
}
