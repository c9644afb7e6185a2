/** Drawing wires and moving their ends, by dragging or by pressing one port and then another; Esc lets go. */
import { type Connection, type OnConnectEnd, type OnConnectStart, useStoreApi } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { connectEnds } from "../actions/add";
import { cutEdge } from "../actions/edit";
import { splitEnd } from "../model/graph";
import { outputPort } from "../model/registry";
import { tensorOn } from "../model/report";
import { canConnect, findPort, type Verdict } from "../model/validate";
import { editor } from "../state/store";
import { toGraph } from "./bridge";
import { endOf, ends, isEmptySpot, pointOf } from "./ends";
import type { WireFlowEdge } from "./flow";

const state = () => editor.getState();

// React Flow also reports the moving of a wire's end as a wire being drawn.
let reconnecting = false;
/** While React Flow is told to let go, what it reports is not done. */
let cancelled = false;
/** Has React Flow forget the port that was pressed first. */
let forget = (): void => {};

function verdictOn(from: string, to: string): Verdict {
  const { registry, place, report } = state();
  if (!registry) return { ok: false, reason: "The blocks are still being fetched: try again in a moment." };
  return canConnect(state().design(), registry, place.graph, from, to, tensorOn(report, place.path, { from, to: "." }));
}

/** Says why a wire that was drawn to a port does not fit there. */
function explain(other: string): void {
  const { drawing, notify } = state();
  if (!drawing || other === drawing.end) return;
  const verdict = drawing.side === "from" ? verdictOn(drawing.end, other) : verdictOn(other, drawing.end);
  if (!verdict.ok) notify(verdict.reason, "bad");
}

/** Lets go of the wire being drawn; false when none is. */
export function cancelDrawing(): boolean {
  if (!state().drawing) return false;
  cancelled = true;
  // React Flow lets go of a wire only when the button is released.
  document.dispatchEvent(new MouseEvent("mouseup", { clientX: -1, clientY: -1 }));
  cancelled = false;
  forget();
  state().set({ drawing: null });
  state().say("No wire drawn");
  return true;
}

export function useDrawing() {
  const store = useStoreApi();
  useEffect(() => {
    forget = () => store.setState({ connectionClickStartHandle: null });
    return () => void (forget = () => {});
  }, [store]);
  const start = useCallback<OnConnectStart>((_, { nodeId, handleId, handleType }) => {
    const { registry, place, set } = state();
    if (!nodeId) return;
    const end = endOf(nodeId, handleId);
    const side = handleType === "target" ? "to" : "from";
    const known = registry && findPort(state().design(), registry, place.graph, end, side === "from" ? "outputs" : "inputs");
    set({ drawing: { end, side, port: known ?? outputPort(splitEnd(end).port) } });
  }, []);
  const end = useCallback<OnConnectEnd>((event, connection) => {
    const { drawing, set } = state();
    if (drawing && !connection.isValid && !reconnecting && !cancelled) {
      const screen = pointOf(event);
      if (connection.toNode && connection.toHandle) explain(endOf(connection.toNode.id, connection.toHandle.id ?? null));
      else if (isEmptySpot(document.elementFromPoint(screen.x, screen.y)))
        set({ quickAdd: { screen, at: connection.pointer ?? screen, wire: { end: drawing.end, side: drawing.side } } });
    }
    set({ drawing: null });
  }, []);
  /** A port was pressed, then another one, or empty canvas: what should stand there? */
  const pressed = useCallback((event: MouseEvent | TouchEvent) => {
    const { drawing, set } = state();
    const target = event.target as Element | null;
    const handle = target?.closest<HTMLElement>(".react-flow__handle");
    const screen = pointOf(event);
    if (handle?.dataset.nodeid) explain(endOf(handle.dataset.nodeid, handle.dataset.handleid ?? null));
    else if (drawing && isEmptySpot(target)) set({ quickAdd: { screen, at: toGraph(screen), wire: { end: drawing.end, side: drawing.side } } });
    set({ drawing: null });
  }, []);
  return {
    onConnectStart: start,
    onConnectEnd: end,
    onClickConnectStart: start,
    onClickConnectEnd: pressed,
    onConnect: useCallback((connection: Connection) => {
      const { from, to } = ends(connection);
      if (!cancelled) connectEnds(from, to);
    }, []),
    isValidConnection: useCallback((connection: Connection | WireFlowEdge) => {
      const { from, to } = ends(connection as Connection);
      return verdictOn(from, to).ok;
    }, []),
  };
}

export function useReconnect() {
  const held = useRef(false);
  return {
    onReconnectStart: useCallback(() => {
      reconnecting = true;
      held.current = false;
    }, []),
    onReconnect: useCallback((old: WireFlowEdge, connection: Connection) => {
      if (cancelled) return;
      held.current = true;
      const { registry, place, perform } = state();
      const to = ends(connection);
      const port = registry && findPort(state().design(), registry, place.graph, to.to, "inputs");
      perform({ type: "reconnect", args: { graph: place.graph, edge: old.data!.edge, to, variadic: port?.variadic ?? false } }, { say: `Moved the wire to ${to.to}` });
    }, []),
    /** An end that is let go over nothing cuts the wire, as in Blender. */
    onReconnectEnd: useCallback((event: MouseEvent | TouchEvent, edge: WireFlowEdge) => {
      reconnecting = false;
      state().set({ drawing: null });
      const screen = pointOf(event);
      if (!cancelled && !held.current && isEmptySpot(document.elementFromPoint(screen.x, screen.y))) cutEdge(edge.data!.edge);
    }, []),
  };
}
