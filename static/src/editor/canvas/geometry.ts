/**
 * Where a node's ports lie, from the style sheet's rules instead of from the page. From far away ports are not drawn,
 * and a thousand nodes need not be measured before their wires can be.
 */
import { type NodeHandle, Position } from "@xyflow/react";
import { NODE_WIDTH } from "../layout/place";
import type { Direction } from "../layout/layered";
import type { NodeView, PortView } from "./scene";

/** As `.ed-node`, `.ed-ports` and `.ed-handle` say. */
const BORDER = 1;
const TOP_BORDER = 3;
const INSET = { down: 12, right: 10 };
const PORT = 11;

const known = new WeakMap<PortView[], { outputs: PortView[]; height: number; direction: Direction; handles: NodeHandle[] }>();

/** The ports of a node of this height; the same list while nothing of it has changed. */
export function handlesOf(view: NodeView, height: number, direction: Direction): NodeHandle[] {
  const { inputs, outputs } = view;
  const before = known.get(inputs);
  if (before?.outputs === outputs && before.height === height && before.direction === direction) return before.handles;
  const handles = [...side(inputs, "inputs", height, direction), ...side(outputs, "outputs", height, direction)];
  known.set(inputs, { outputs, height, direction, handles });
  return handles;
}

function side(ports: readonly PortView[], which: "inputs" | "outputs", height: number, direction: Direction): NodeHandle[] {
  const input = which === "inputs";
  const down = direction === "down";
  const [start, room] = down ? [BORDER + INSET.down, NODE_WIDTH - 2 * BORDER - 2 * INSET.down] : [TOP_BORDER + INSET.right, height - TOP_BORDER - BORDER - 2 * INSET.right];
  const across = down ? (input ? BORDER : height - BORDER) : input ? BORDER : NODE_WIDTH - BORDER;
  const position = down ? (input ? Position.Top : Position.Bottom) : input ? Position.Left : Position.Right;
  return ports.map(({ port }, at) => {
    const along = start + (room * (at + 1)) / (ports.length + 1);
    const [x, y] = down ? [along, across] : [across, along];
    return { id: port.name, type: input ? "target" : "source", position, x: x - PORT / 2, y: y - PORT / 2, width: PORT, height: PORT };
  });
}
