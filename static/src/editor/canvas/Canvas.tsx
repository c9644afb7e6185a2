import {
  Background,
  BackgroundVariant,
  type Connection,
  Controls,
  MiniMap,
  type OnConnectEnd,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  applyNodeChanges,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { type DragEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { connectEnds } from "../actions/add";
import { cutEdge, dropIntoWire } from "../actions/edit";
import { graphOf, joinEnd, joinPath, meaningOf, nodeOf, splitEnd, edgeId } from "../model/graph";
import { nodeMark } from "../model/overlay";
import { outputPort } from "../model/registry";
import { tensorOn } from "../model/report";
import { canConnect, findPort } from "../model/validate";
import { INPUT, OUTPUT, type Position } from "../model/types";
import { heatColour } from "../parts/family";
import { editor, useEditor } from "../state/store";
import { BlockNode } from "./BlockNode";
import { type FlowNode, type WireFlowEdge, flowEdges, flowNodes } from "./flow";
import { attach, setPointer } from "./bridge";
import { dropOnCanvas } from "./drop";
import { Breadcrumb } from "./Breadcrumb";
import { EmptyCanvas } from "./EmptyCanvas";
import { LookContext, detailOf } from "./look";
import { OverlayBar } from "./OverlayBar";
import { PortNode } from "./PortNode";
import { EMPTY_SCENE, type Scene, sceneOf } from "./scene";
import { useFocus } from "./useFocus";
import { useHandling } from "./useHandling";
import { useLanes } from "./useLanes";
import { WireEdge } from "./WireEdge";

const nodeTypes = { block: BlockNode, port: PortNode };
const edgeTypes = { wire: WireEdge };
const GRID: [number, number] = [8, 8];
const ADD_KEYS = ["Meta", "Control"];

/** So many nodes are first drawn as boxes: nobody could read them all, and the page answers sooner. */
const MANY = 300;

/** A canvas id and a handle make an end of a wire. */
const endOf = (id: string, handle: string | null): string => {
  const { node } = splitEnd(id);
  return node === INPUT || node === OUTPUT ? id : joinEnd(id, handle ?? "");
};

const ends = (connection: Pick<Connection, "source" | "target" | "sourceHandle" | "targetHandle">): { from: string; to: string } => ({
  from: endOf(connection.source, connection.sourceHandle ?? null),
  to: endOf(connection.target, connection.targetHandle ?? null),
});

/** Nothing but canvas; nodes and wires lie inside React Flow's pane. */
const isEmptySpot = (element: Element | null): boolean => !!element?.classList.contains("react-flow__pane");

const pointOf = (event: globalThis.MouseEvent | TouchEvent): Position => {
  const point = "changedTouches" in event ? event.changedTouches[0]! : event;
  return { x: point.clientX, y: point.clientY };
};

// React Flow also reports the moving of a wire's end as a wire being drawn.
let reconnecting = false;

function useDrawing() {
  const onConnectStart = useCallback((_: unknown, params: { nodeId: string | null; handleId: string | null; handleType: "source" | "target" | null }) => {
    const { registry, place, set } = editor.getState();
    if (!params.nodeId) return;
    const end = endOf(params.nodeId, params.handleId);
    const side = params.handleType === "target" ? "to" : "from";
    const known = registry && findPort(editor.getState().design(), registry, place.graph, end, side === "from" ? "outputs" : "inputs");
    set({ drawing: { end, side, port: known ?? outputPort(splitEnd(end).port) } });
  }, []);
  const onConnectEnd = useCallback<OnConnectEnd>((event, connection) => {
    const { drawing, set, notify, registry, place } = editor.getState();
    set({ drawing: null });
    if (!drawing || connection.isValid || reconnecting) return;
    const screen = pointOf(event);
    if (connection.toNode && connection.toHandle) {
      const other = endOf(connection.toNode.id, connection.toHandle.id ?? null);
      if (other === drawing.end || !registry) return;
      const [from, to] = drawing.side === "from" ? [drawing.end, other] : [other, drawing.end];
      const tensor = tensorOn(editor.getState().report, place.path, { from, to: "." });
      const verdict = canConnect(editor.getState().design(), registry, place.graph, from, to, tensor);
      if (!verdict.ok) notify(verdict.reason, "bad");
      return;
    }
    if (!isEmptySpot(document.elementFromPoint(screen.x, screen.y))) return;
    set({ quickAdd: { screen, at: connection.pointer ?? screen, wire: { end: drawing.end, side: drawing.side } } });
  }, []);
  return { onConnectStart, onConnectEnd };
}

function useReconnect() {
  const held = useRef(false);
  return {
    onReconnectStart: useCallback(() => {
      reconnecting = true;
      held.current = false;
    }, []),
    onReconnect: useCallback((old: WireFlowEdge, connection: Connection) => {
      held.current = true;
      const { registry, place, perform } = editor.getState();
      const to = ends(connection);
      const port = registry && findPort(editor.getState().design(), registry, place.graph, to.to, "inputs");
      perform({ type: "reconnect", args: { graph: place.graph, edge: old.data!.edge, to, variadic: port?.variadic ?? false } }, { say: `Moved the wire to ${to.to}` });
    }, []),
    /** An end that is let go over nothing cuts the wire, as in Blender. */
    onReconnectEnd: useCallback((event: globalThis.MouseEvent | TouchEvent, edge: WireFlowEdge) => {
      reconnecting = false;
      editor.getState().set({ drawing: null });
      const screen = pointOf(event);
      const over = document.elementFromPoint(screen.x, screen.y);
      if (!held.current && isEmptySpot(over)) cutEdge(edge.data!.edge);
    }, []),
  };
}

/** The wire under a node's middle, if it is not one of its own. */
function wireUnder(node: FlowNode): WireFlowEdge["data"] | undefined {
  const element = document.querySelector(`.react-flow__node[data-id="${CSS.escape(node.id)}"]`);
  const box = element?.getBoundingClientRect();
  if (!box) return undefined;
  const graph = graphOf(editor.getState().design(), editor.getState().place.graph);
  for (const one of document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)) {
    const id = one.closest(".react-flow__edge")?.getAttribute("data-id");
    const edge = id && graph?.edges.find((candidate) => edgeId(candidate) === id);
    if (edge && splitEnd(edge.from).node !== node.id && splitEnd(edge.to).node !== node.id) return { edge };
  }
  return undefined;
}

/** What the nodes of the graph in view show; the same object until one of them shows something else. */
function useScene(): Scene {
  const design = useEditor((state) => state.history.design);
  const registry = useEditor((state) => state.registry);
  const report = useEditor((state) => state.report);
  const issues = useEditor((state) => state.issues);
  const overlay = useEditor((state) => state.overlay);
  const place = useEditor((state) => state.place);
  const last = useRef(EMPTY_SCENE);
  return useMemo(
    () => (last.current = sceneOf({ design, registry, report, issues, overlay, place }, last.current)),
    [design, registry, report, issues, overlay, place],
  );
}

function Inner() {
  const host = useRef<HTMLDivElement>(null);
  const flow = useReactFlow<FlowNode, WireFlowEdge>();
  const graph = useEditor((state) => graphOf(state.history.design, state.place.graph));
  const graphKey = useEditor((state) => state.place.graph);
  const selected = useEditor((state) => state.selected);
  const selectedEdges = useEditor((state) => state.selectedEdges);
  const direction = useEditor((state) => state.direction);
  const empty = !graph || (!graph.nodes.length && !graph.inputs.length && !graph.outputs.length);

  const [nodes, setNodes] = useState<FlowNode[]>([]);
  const [edges, setEdges] = useState<WireFlowEdge[]>([]);
  const [shown, setShown] = useState<typeof graph>(undefined);
  const scene = useScene();
  const shownKey = useRef(graphKey);
  useLayoutEffect(() => {
    if (!graph) return;
    // Another graph may use the same ids for other nodes: nothing measured there holds here.
    const fresh = shownKey.current !== graphKey;
    shownKey.current = graphKey;
    setNodes((before) => flowNodes(graph, scene, selected, direction, fresh ? [] : before));
    setShown(graph);
  }, [graph, graphKey, scene, selected, direction]);
  const wires = useLanes(nodes, graph, direction);
  useLayoutEffect(() => {
    if (graph) setEdges((before) => flowEdges(graph, selectedEdges, wires, before));
  }, [graph, selectedEdges, wires]);
  useEffect(() => {
    attach(flow, host.current);
    return () => attach(null, null);
  }, [flow]);
  const measured = nodes.every((node) => node.measured?.width !== undefined);
  useFocus(shown === graph && nodes.length > 0 && measured, empty);

  const onNodesChange = useCallback<NonNullable<React.ComponentProps<typeof ReactFlow<FlowNode, WireFlowEdge>>["onNodesChange"]>>((changes) => {
    const picks = changes.filter((change) => change.type === "select");
    if (picks.length) {
      const next = new Set(editor.getState().selected);
      for (const pick of picks) pick.selected ? next.add(pick.id) : next.delete(pick.id);
      editor.getState().select(next, editor.getState().selectedEdges);
    }
    const moves = changes.filter((change) => change.type === "position" || change.type === "dimensions");
    if (moves.length) setNodes((before) => applyNodeChanges(moves, before));
    // A node that came to rest: dropped, or moved by React Flow's own arrow keys.
    const rested = moves.flatMap((change) => (change.type === "position" && !change.dragging && change.position ? [[change.id, change.position] as const] : []));
    if (rested.length) {
      const { place, perform } = editor.getState();
      perform({ type: "moveNodes", args: { graph: place.graph, positions: Object.fromEntries(rested) } }, { key: "nudge" });
    }
  }, []);
  const onEdgesChange = useCallback<NonNullable<React.ComponentProps<typeof ReactFlow<FlowNode, WireFlowEdge>>["onEdgesChange"]>>((changes) => {
    const picks = changes.filter((change) => change.type === "select");
    if (!picks.length) return;
    const next = new Set(editor.getState().selectedEdges);
    for (const pick of picks) pick.selected ? next.add(pick.id) : next.delete(pick.id);
    editor.getState().select(editor.getState().selected, next);
  }, []);
  const onNodeDragStop = useCallback((_: unknown, node: FlowNode, moved: FlowNode[]) => {
    const { place, perform } = editor.getState();
    perform({ type: "moveNodes", args: { graph: place.graph, positions: Object.fromEntries(moved.map((one) => [one.id, one.position])) } });
    const wire = moved.length === 1 && node.type === "block" ? wireUnder(node) : undefined;
    if (wire) dropIntoWire(node.id, wire.edge);
  }, []);
  const isValidConnection = useCallback((connection: Connection | WireFlowEdge) => {
    const { registry, place, report } = editor.getState();
    if (!registry) return false;
    const { from, to } = ends(connection as Connection);
    const tensor = tensorOn(report, place.path, { from, to: "." });
    return canConnect(editor.getState().design(), registry, place.graph, from, to, tensor).ok;
  }, []);
  const onConnect = useCallback((connection: Connection) => {
    const { from, to } = ends(connection);
    connectEnds(from, to);
  }, []);
  const onNodeDoubleClick = useCallback((_: unknown, node: FlowNode) => {
    const design = editor.getState().design();
    const item = nodeOf(graphOf(design, editor.getState().place.graph), node.id);
    if (item && meaningOf(design, item).group) editor.getState().enter(node.id);
    else editor.getState().set({ inspector: true });
  }, []);
  const onEdgeClick = useCallback((event: MouseEvent, edge: WireFlowEdge) => {
    if (event.altKey) cutEdge(edge.data!.edge);
  }, []);
  const onDoubleClick = useCallback((event: MouseEvent) => {
    if (!isEmptySpot(event.target as Element)) return;
    const screen = { x: event.clientX, y: event.clientY };
    editor.getState().set({ quickAdd: { screen, at: flow.screenToFlowPosition(screen) } });
  }, [flow]);
  const handling = useHandling(host);
  const detail = useStore((state) => (measured || nodes.length < MANY ? detailOf(state.transform[2]) : "far"));
  const look = useMemo(() => ({ direction, detail }), [direction, detail]);
  const drawing = useDrawing();
  const reconnect = useReconnect();
  const issues = useEditor((state) => state.issues);
  const overlay = useEditor((state) => state.overlay);
  const path = useEditor((state) => state.place.path);
  const minimapColour = useMemo(
    () => (node: FlowNode) => {
      const found = issues.get(node.id);
      if (found) return found.some((issue) => issue.severity !== "warning") ? "var(--bad-fill)" : "var(--warn)";
      const heat = nodeMark(overlay, joinPath(path, node.id))?.heat;
      return heat === undefined ? "var(--line-strong)" : heatColour(heat);
    },
    [issues, overlay, path],
  );

  return (
    <div
      className="ed-canvas"
      ref={host}
      onDoubleClick={onDoubleClick}
      onPointerMove={(event) => setPointer({ x: event.clientX, y: event.clientY })}
      onPointerLeave={() => setPointer(null)}
      onDragOver={(event: DragEvent) => event.preventDefault()}
      onDrop={(event: DragEvent) => dropOnCanvas(event, flow.screenToFlowPosition)}
    >
      <LookContext value={look}>
      <ReactFlow<FlowNode, WireFlowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDragStop={onNodeDragStop}
        onSelectionDragStop={(event, moved) => moved[0] && onNodeDragStop(event, moved[0], moved)}
        onNodeDoubleClick={onNodeDoubleClick}
        onEdgeClick={onEdgeClick}
        isValidConnection={isValidConnection}
        onConnect={onConnect}
        {...drawing}
        {...reconnect}
        connectionRadius={28}
        {...handling}
        snapGrid={GRID}
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={ADD_KEYS}
        panActivationKeyCode="Space"
        selectionMode={SelectionMode.Partial}
        minZoom={0.08}
        maxZoom={2.5}
        onlyRenderVisibleElements={nodes.length > 150}
        disableKeyboardA11y={false}
        proOptions={PRO}
        elevateNodesOnSelect={false}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.2} />
        <Controls showInteractive={false} position="bottom-left" />
        {nodes.length > 3 && <MiniMap<FlowNode> pannable zoomable position="bottom-right" nodeColor={minimapColour} nodeBorderRadius={4} ariaLabel="Map of the graph" />}
      </ReactFlow>
      </LookContext>
      <Breadcrumb />
      <OverlayBar />
      {empty && <EmptyCanvas />}
    </div>
  );
}

const PRO = { hideAttribution: true };

export function Canvas() {
  return (
    <ReactFlowProvider>
      <Inner />
    </ReactFlowProvider>
  );
}
