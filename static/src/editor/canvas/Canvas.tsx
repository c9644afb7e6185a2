import {
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  applyNodeChanges,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { type DragEvent, type FocusEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { cutEdge, intoWire } from "../actions/edit";
import { type Command, batch } from "../model/commands";
import { graphOf, meaningOf, nodeOf, splitEnd, edgeId } from "../model/graph";
import type { Edge } from "../model/types";
import { heatColour } from "../parts/family";
import { openInside } from "../actions/generators";
import { editor, useEditor } from "../state/store";
import { BlockNode } from "./BlockNode";
import { type FlowNode, type WireFlowEdge, flowEdges, flowNodes } from "./flow";
import { attach, setPointer } from "./bridge";
import { dropOnCanvas } from "./drop";
import { Breadcrumb } from "./Breadcrumb";
import { ContextMenu } from "./ContextMenu";
import { useContextMenuEvents } from "./useContextMenu";
import { isEmptySpot } from "./ends";
import { DragMarks } from "./DragMarks";
import { EmptyCanvas } from "./EmptyCanvas";
import { FarWires } from "./FarWires";
import { LookContext, detailOf } from "./look";
import { OverlayBar } from "./OverlayBar";
import { PortNode } from "./PortNode";
import { EMPTY_SCENE, type Scene, sceneOf } from "./scene";
import { useDrawing, useReconnect } from "./useDrawing";
import { useFocus } from "./useFocus";
import { useDragging } from "./useDragging";
import { useFree, useHandling } from "./useHandling";
import { useLanes } from "./useLanes";
import { WireEdge } from "./WireEdge";

const nodeTypes = { block: BlockNode, port: PortNode };
const edgeTypes = { wire: WireEdge };
const GRID: [number, number] = [8, 8];
const NO_EDGES: WireFlowEdge[] = [];
const ADD_KEYS = ["Meta", "Control"];

/** So many nodes are first drawn as boxes: nobody could read them all, and the page answers sooner. */
const MANY = 300;

/** The wire under a node's middle, if it is not one of its own. */
function wireUnder(node: FlowNode): Edge | undefined {
  const element = document.querySelector(`.react-flow__node[data-id="${CSS.escape(node.id)}"]`);
  const box = element?.getBoundingClientRect();
  if (!box) return undefined;
  const graph = graphOf(editor.getState().design(), editor.getState().place.graph);
  for (const one of document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)) {
    const id = one.closest(".react-flow__edge")?.getAttribute("data-id");
    const edge = id && graph?.edges.find((candidate) => edgeId(candidate) === id);
    if (edge && splitEnd(edge.from).node !== node.id && splitEnd(edge.to).node !== node.id) return edge;
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
  const lit = useEditor((state) => state.lit);
  const last = useRef(EMPTY_SCENE);
  return useMemo(
    () => (last.current = sceneOf({ design, registry, report, issues, overlay, place, lit }, last.current)),
    [design, registry, report, issues, overlay, place, lit],
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
  const issues = useEditor((state) => state.issues);
  const report = useEditor((state) => state.report);
  const overlay = useEditor((state) => state.overlay);
  const place = useEditor((state) => state.place);
  const empty = !graph || (!graph.nodes.length && !graph.inputs.length && !graph.outputs.length);

  const free = useFree();
  const handling = useHandling(host, free);
  const { onDragStart, inLine, onDragStop, isDragging } = useDragging(free);
  const [nodes, setNodes] = useState<FlowNode[]>([]);
  const [edges, setEdges] = useState<WireFlowEdge[]>([]);
  const [shown, setShown] = useState<typeof graph>(undefined);
  const scene = useScene();
  const shownKey = useRef(graphKey);
  const measured = nodes.every((node) => node.measured?.width !== undefined);
  const ready = shown === graph && nodes.length > 0 && measured;
  const placed = useFocus(ready, empty);
  const many = (graph?.nodes.length ?? 0) >= MANY;
  const detail = useStore((state) => (placed || !many ? detailOf(state.transform[2]) : "far"));
  const far = detail === "far";
  const plain = far && many;
  useLayoutEffect(() => {
    if (!graph) return;
    // Another graph may use the same ids for other nodes: nothing measured there holds here.
    const fresh = shownKey.current !== graphKey;
    shownKey.current = graphKey;
    setNodes((before) => flowNodes(graph, scene, issues, selected, direction, far, fresh ? [] : before));
    setShown(graph);
  }, [graph, graphKey, scene, issues, selected, direction, far]);
  const wires = useLanes(nodes, graph, direction);
  useLayoutEffect(() => {
    if (graph) setEdges((before) => flowEdges(graph, { report, overlay, place }, selectedEdges, wires, before));
  }, [graph, report, overlay, place, selectedEdges, wires]);
  useEffect(() => {
    attach(flow, host.current);
    return () => attach(null, null);
  }, [flow]);

  const onNodesChange = useCallback<NonNullable<React.ComponentProps<typeof ReactFlow<FlowNode, WireFlowEdge>>["onNodesChange"]>>((reported) => {
    const changes = inLine(reported);
    const picks = changes.filter((change) => change.type === "select");
    if (picks.length) {
      const next = new Set(editor.getState().selected);
      for (const pick of picks) pick.selected ? next.add(pick.id) : next.delete(pick.id);
      editor.getState().select(next, editor.getState().selectedEdges);
    }
    const moves = changes.filter((change) => change.type === "position" || change.type === "dimensions");
    if (moves.length) setNodes((before) => applyNodeChanges(moves, before));
    // Moved by React Flow's own arrow keys; a drag ends in onNodeDragStop.
    const rested = moves.flatMap((change) => (change.type === "position" && !change.dragging && change.position ? [[change.id, change.position] as const] : []));
    if (rested.length && !isDragging()) {
      const { place, perform } = editor.getState();
      perform({ type: "moveNodes", args: { graph: place.graph, positions: Object.fromEntries(rested), pinned: true } }, { key: "nudge" });
    }
  }, [inLine, isDragging]);
  const onEdgesChange = useCallback<NonNullable<React.ComponentProps<typeof ReactFlow<FlowNode, WireFlowEdge>>["onEdgesChange"]>>((changes) => {
    const picks = changes.filter((change) => change.type === "select");
    if (!picks.length) return;
    const next = new Set(editor.getState().selectedEdges);
    for (const pick of picks) pick.selected ? next.add(pick.id) : next.delete(pick.id);
    editor.getState().select(editor.getState().selected, next);
  }, []);
  // A handler that is another function each time costs React Flow a round through everything that watches its store.
  const onNodeDragStart = useCallback((event: { altKey: boolean }, _: unknown, dragged: FlowNode[]) => onDragStart(event, dragged), [onDragStart]);
  const onNodeDragStop = useCallback((_: unknown, node: FlowNode, moved: FlowNode[]) => {
    const positions = onDragStop(moved);
    if (!positions) return;
    const { place, perform } = editor.getState();
    const move: Command = { type: "moveNodes", args: { graph: place.graph, positions, pinned: true } };
    const wire = moved.length === 1 && node.type === "block" ? wireUnder(node) : undefined;
    const insert = wire && intoWire(node.id, wire);
    perform(batch(insert ? [move, insert] : [move]), insert ? { label: "insert into wire", say: `Put ${node.id} into the wire` } : {});
  }, [onDragStop]);
  const onSelectionDragStop = useCallback((event: MouseEvent, moved: FlowNode[]) => moved[0] && onNodeDragStop(event, moved[0], moved), [onNodeDragStop]);
  const onNodeClick = useCallback((event: MouseEvent, node: FlowNode) => {
    // One of several that are selected: a click means it alone; with a key it is React Flow's to add or take away.
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && editor.getState().selected.size > 1) editor.getState().select([node.id]);
  }, []);
  const onNodeDoubleClick = useCallback((_: unknown, node: FlowNode) => {
    const design = editor.getState().design();
    const item = nodeOf(graphOf(design, editor.getState().place.graph), node.id);
    const meaning = item && meaningOf(design, item);
    if (meaning?.group || meaning?.generator) void openInside(node.id);
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
  useContextMenuEvents(host);
  const look = useMemo(() => ({ direction, detail }), [direction, detail]);
  const drawing = useDrawing();
  const reconnect = useReconnect();

  return (
    <div
      className="ed-canvas"
      data-definition={graphKey ?? undefined}
      ref={host}
      onMouseDown={keepText}
      onDoubleClick={onDoubleClick}
      onPointerMove={(event) => setPointer({ x: event.clientX, y: event.clientY })}
      onPointerLeave={() => setPointer(null)}
      onFocus={selectFocused}
      onDragOver={(event: DragEvent) => event.preventDefault()}
      onDrop={(event: DragEvent) => dropOnCanvas(event, flow.screenToFlowPosition)}
    >
      <LookContext value={look}>
      <ReactFlow<FlowNode, WireFlowEdge>
        nodes={nodes}
        edges={plain ? NO_EDGES : edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDragStart={onNodeDragStart}
        onSelectionDragStart={onDragStart}
        onNodeDragStop={onNodeDragStop}
        onSelectionDragStop={onSelectionDragStop}
        onNodeClick={onNodeClick}
        onNodeDoubleClick={onNodeDoubleClick}
        onEdgeClick={onEdgeClick}
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
        disableKeyboardA11y
        edgesFocusable={false}
        proOptions={PRO}
        elevateNodesOnSelect={false}
      >
        {plain && <FarWires nodes={nodes} edges={edges} direction={direction} />}
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.2} />
        <DragMarks />
        <Controls showInteractive={false} position="bottom-left" />
        {nodes.length > 3 && <MiniMap<FlowNode> pannable zoomable position="bottom-right" nodeColor={colourOnMap} nodeBorderRadius={4} ariaLabel="Map of the graph" />}
      </ReactFlow>
      </LookContext>
      <Breadcrumb />
      <OverlayBar />
      <ContextMenu />
      {empty && <EmptyCanvas />}
    </div>
  );
}

/** On the map a node shows what is wrong with it, else how hot it is. */
function colourOnMap(node: FlowNode): string {
  const { issues, mark } = node.type === "block" ? node.data.view : { ...node.data, mark: undefined };
  if (issues) return issues.some((issue) => issue.severity !== "warning") ? "var(--bad-fill)" : "var(--warn)";
  return mark?.heat === undefined ? "var(--line-strong)" : heatColour(mark.heat);
}

/** With Shift a box is drawn, and the browser would select the page's text from where it was last clicked. */
function keepText(event: MouseEvent): void {
  if (!event.shiftKey || !(event.target as Element).closest(".react-flow__pane")) return;
  event.preventDefault();
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** What the keyboard comes to is selected, so that the keys that follow mean it. */
function selectFocused(event: FocusEvent): void {
  const { target } = event;
  const id = target instanceof HTMLElement && target.matches(".react-flow__node:focus-visible") ? target.dataset.id : undefined;
  if (id && !editor.getState().selected.has(id)) editor.getState().select([id]);
}

const PRO = { hideAttribution: true };

export function Canvas() {
  return (
    <ReactFlowProvider>
      <Inner />
    </ReactFlowProvider>
  );
}
