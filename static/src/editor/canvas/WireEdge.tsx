import { BaseEdge, type EdgeProps, Position, getBezierPath } from "@xyflow/react";
import { type PointerEvent, memo, useState } from "react";
import { tightShape } from "../model/format";
import type { Position as Position2d } from "../model/types";
import type { WireFlowEdge } from "./flow";
import { lanePath } from "./lanes";
import { useLook } from "./look";
import { WireCard } from "./WireCard";
import { KIND_TEXT, kindOfTensor } from "./kinds";

const PICTURE = 40;
const LABEL = 28;

/** Where a picture lies so that it hides neither the wire nor its label. */
const beside = (x: number, y: number, source: Position): Position2d =>
  source === Position.Bottom ? { x: x + LABEL, y: y - PICTURE / 2 } : { x: x - PICTURE / 2, y: y - PICTURE - 10 };

/** A wire; its colour tells the kind of tensor, its label the shape. */
export const WireEdge = memo(function WireEdge(props: EdgeProps<WireFlowEdge>) {
  const { id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data, selected } = props;
  const { tensor, mark } = data ?? {};
  const { detail } = useLook();
  const close = detail === "near";
  const [hover, setHover] = useState<Position2d | null>(null);
  const enter = (event: PointerEvent) => mark?.figures && setHover({ x: event.clientX, y: event.clientY });
  const [path, x, y] = wirePath();
  function wirePath(): [string, number, number] {
    if (data?.lane !== undefined) {
      const direction = sourcePosition === Position.Bottom ? "down" : "right";
      const found = lanePath({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }, data.lane, direction);
      return [found.path, found.x, found.y];
    }
    const [curve, labelX, labelY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
    return [curve, labelX, labelY];
  }
  const kind = kindOfTensor(tensor);
  return (
    <g className="ed-wire" data-kind={kind} data-selected={selected || undefined} onPointerEnter={enter} onPointerLeave={() => setHover(null)}>
      {/* From far away many thin wires cover everything: there nodes are what one takes hold of. */}
      <BaseEdge id={id} path={path} interactionWidth={detail === "far" ? 0 : 18} />
      {detail !== "far" && !mark?.figures && <title>{`${data?.edge.from} → ${data?.edge.to}${tensor?.shape ? `\n${tightShape(tensor.shape)}, ${tensor.dtype ?? ""}, ${KIND_TEXT[kind]}` : ""}\nAlt-click cuts it`}</title>}
      {close && (mark?.text || tensor?.shape) && (
        <text className="ed-wire-label" data-tone={mark?.tone} x={x} y={y} dy="0.35em" textAnchor="middle">
          {mark?.text ?? tightShape(tensor!.shape!)}
        </text>
      )}
      {close && mark?.picture && (
        <image className="ed-wire-picture" href={mark.picture} {...beside(x, y, sourcePosition)} width={PICTURE} height={PICTURE} preserveAspectRatio="xMidYMid" />
      )}
      {hover && mark?.figures && <WireCard mark={mark} at={hover} />}
    </g>
  );
});
