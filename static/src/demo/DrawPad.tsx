/** A place to draw with mouse, finger or pen. The drawing is handed on as it is, as a PNG: the server makes it like the data. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Icon } from "../shared/ui/icons";

const SIDE = 320;
const PEN = SIDE / 12;

interface Point {
  x: number;
  y: number;
}

export interface DrawPadProps {
  /** A picture to send, or null when the pad is empty. */
  onPicture: (dataUri: string | null) => void;
}

export function DrawPad({ onPicture }: DrawPadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const strokes = useRef<Point[][]>([]);
  const drawing = useRef(false);
  const due = useRef<ReturnType<typeof setTimeout> | null>(null);
  const [empty, setEmpty] = useState(true);

  const repaint = useCallback((): void => {
    const ctx = canvas.current!.getContext("2d")!;
    ctx.fillStyle = "#000";
    ctx.fillRect(0, 0, SIDE, SIDE);
    for (const points of strokes.current) points.forEach((to, at) => line(ctx, points[at - 1] ?? to, to));
  }, []);
  useEffect(repaint, [repaint]);
  useEffect(() => () => void (due.current && clearTimeout(due.current)), []);

  const send = (): void => onPicture(strokes.current.length ? canvas.current!.toDataURL("image/png") : null);
  const soon = (): void => {
    if (due.current) return;
    due.current = setTimeout(() => {
      due.current = null;
      send();
    }, 160);
  };
  const place = (event: { clientX: number; clientY: number }): Point => {
    const bounds = canvas.current!.getBoundingClientRect();
    return { x: ((event.clientX - bounds.left) / bounds.width) * SIDE, y: ((event.clientY - bounds.top) / bounds.height) * SIDE };
  };
  const extend = (to: Point): void => {
    const points = strokes.current.at(-1)!;
    line(canvas.current!.getContext("2d")!, points.at(-1) ?? to, to);
    points.push(to);
    setEmpty(false);
    soon();
  };
  const keep = (some: Point[][]): void => {
    strokes.current = some;
    repaint();
    setEmpty(some.length === 0);
    send();
  };

  return (
    <div className="drawpad">
      <div className="drawpad-frame">
        <canvas
          ref={canvas}
          width={SIDE}
          height={SIDE}
          role="img"
          aria-label="Drawing area. Draw with a pointer; below it a picture can be uploaded or taken from the test data instead."
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            drawing.current = true;
            strokes.current.push([]);
            extend(place(event));
          }}
          onPointerMove={(event) => {
            if (!drawing.current) return;
            for (const part of event.nativeEvent.getCoalescedEvents?.() ?? [event.nativeEvent]) extend(place(part));
          }}
          onPointerUp={() => (drawing.current = false)}
          onPointerCancel={() => (drawing.current = false)}
        />
        {empty && <span className="drawpad-hint">Draw here</span>}
      </div>
      <div className="row">
        <button type="button" className="btn small" disabled={empty} onClick={() => keep(strokes.current.slice(0, -1))}>
          Undo
        </button>
        <button type="button" className="btn small" disabled={empty} onClick={() => keep([])}>
          <Icon name="eraser" /> Clear
        </button>
      </div>
    </div>
  );
}

function line(ctx: CanvasRenderingContext2D, from: Point, to: Point): void {
  ctx.strokeStyle = "#fff";
  ctx.lineWidth = PEN;
  ctx.lineCap = ctx.lineJoin = "round";
  ctx.beginPath();
  ctx.moveTo(from.x, from.y);
  // A line without length would not be painted, and a dot is one.
  ctx.lineTo(to.x + 0.01, to.y);
  ctx.stroke();
}
