import { useViewport } from "@xyflow/react";
import type { ReactNode } from "react";
import { useDragMarks } from "./useDragging";

/** A layer in the graph's own coordinates. React Flow's portal looks for its place in the page at every change. */
function Over({ children }: { children: ReactNode }) {
  const { x, y, zoom } = useViewport();
  return <div className="ed-over" style={{ transform: `translate(${x}px, ${y}px) scale(${zoom})` }}>{children}</div>;
}

/** Guides where a dragged node is in line, and where the originals of clones stay. */
export function DragMarks() {
  const { guides, ghosts } = useDragMarks();
  if (!guides.length && !ghosts.length) return null;
  return (
    <Over>
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
    </Over>
  );
}
