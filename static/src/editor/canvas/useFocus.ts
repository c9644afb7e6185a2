import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef, useState } from "react";
import { useEditor } from "../state/store";
import { INPUT } from "../model/types";
import { moving } from "../parts/motion";
import type { FlowNode, WireFlowEdge } from "./flow";

const READABLE = 0.62;
/** Room for the breadcrumb above and the buttons below. */
export const FIT_PADDING = { top: "64px", right: "40px", bottom: "40px", left: "56px" } as const;

/** Shows what the store asks for, once the nodes have their sizes: everything, or some nodes. Has it, of this graph? */
export function useFocus(ready: boolean, empty: boolean): boolean {
  const flow = useReactFlow<FlowNode, WireFlowEdge>();
  const focus = useEditor((state) => state.focus);
  // Another repetition of the same group is the same picture with other figures: the view stays where it is.
  const spot = useEditor((state) => `${state.place.graph}/${state.steps.map((step) => step.node).join(".")}`);
  const done = useRef("");
  const [placed, setPlaced] = useState<string | null>(null);
  useEffect(() => {
    const key = `${focus.count}/${spot}`;
    // On an empty canvas the view is as it should be; the first node must not make it jump.
    if (empty) done.current = key;
    if (!ready || done.current === key) return;
    const first = done.current === "";
    done.current = key;
    const duration = first ? 0 : moving(220);
    // The view moves a little after it is told to, and what must not be drawn in the old one waits for that; a moving
    // view that is taken hold of never says that it has arrived.
    const show = (moved: Promise<boolean>): void => {
      const arrived = (): void => setPlaced(spot);
      duration ? arrived() : void moved.then(arrived);
    };
    if (focus.ids) {
      show(flow.fitView({ nodes: focus.ids.map((id) => ({ id })), padding: 0.4, maxZoom: 1.1, duration }));
      return;
    }
    const nodes = flow.getNodes();
    const bounds = flow.getNodesBounds(nodes);
    const pane = document.querySelector(".ed-canvas")?.getBoundingClientRect();
    if (!pane || !bounds.width) return;
    const zoom = Math.min(pane.width / (bounds.width + 80), pane.height / (bounds.height + 120));
    if (zoom >= READABLE || nodes.length > 60) {
      show(flow.fitView({ padding: FIT_PADDING, maxZoom: 1, duration }));
      return;
    }
    // Too long to read as a whole: begin at the beginning, where one would start reading.
    const start = nodes.find((node) => node.id.startsWith(`${INPUT}.`)) ?? nodes[0]!;
    const down = bounds.height > bounds.width;
    const level = Math.max(READABLE, Math.min(0.85, down ? pane.width / (bounds.width + 80) : pane.height / (bounds.height + 120)));
    const width = start.measured?.width ?? 0;
    const height = start.measured?.height ?? 0;
    const viewport = down
      ? { x: pane.width / 2 - (start.position.x + width / 2) * level, y: 64 - bounds.y * level, zoom: level }
      : { x: 48 - bounds.x * level, y: pane.height / 2 - (start.position.y + height / 2) * level, zoom: level };
    show(flow.setViewport(viewport, { duration }));
  }, [ready, empty, focus, spot, flow]);
  return placed === spot;
}
