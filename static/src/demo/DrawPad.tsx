/** A place to draw with mouse, finger or pen. What is drawn is framed like the data and handed on as a PNG. */
import { useCallback, useEffect, useRef, useState, type PointerEvent } from "react";
import { Icon } from "../shared/ui/icons";
import { frame, inkBox, marginFor, penFor } from "./ink";

const SIDE = 320;

export interface DrawPadProps {
  /** Height of the data's pictures in pixels. */
  pixels: number;
  /** A picture to send, or null when the pad is empty. */
  onPicture: (dataUri: string | null) => void;
}

export function DrawPad({ pixels, onPicture }: DrawPadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<{ x: number; y: number } | null>(null);
  const due = useRef<ReturnType<typeof setTimeout> | null>(null);
  const strokes = useRef<ImageData[]>([]);
  const [empty, setEmpty] = useState(true);

  const context = (): CanvasRenderingContext2D => canvas.current!.getContext("2d", { willReadFrequently: true })!;
  const wipe = useCallback((): void => {
    const ctx = context();
    ctx.fillStyle = "#000";
    ctx.fillRect(0, 0, SIDE, SIDE);
  }, []);
  useEffect(wipe, [wipe]);
  useEffect(() => () => void (due.current && clearTimeout(due.current)), []);

  const send = useCallback((): void => {
    const ctx = context();
    const box = inkBox(ctx.getImageData(0, 0, SIDE, SIDE).data, SIDE, SIDE);
    if (!box) {
      onPicture(null);
      return;
    }
    const from = frame(box, marginFor(pixels));
    const out = document.createElement("canvas");
    out.width = out.height = 256;
    const target = out.getContext("2d")!;
    target.fillStyle = "#000";
    target.fillRect(0, 0, 256, 256);
    target.imageSmoothingQuality = "high";
    const scale = 256 / from.width;
    target.drawImage(canvas.current!, box.x, box.y, box.width, box.height, (box.x - from.x) * scale, (box.y - from.y) * scale, box.width * scale, box.height * scale);
    onPicture(out.toDataURL("image/png"));
  }, [onPicture, pixels]);

  const soon = (): void => {
    if (due.current) return;
    due.current = setTimeout(() => {
      due.current = null;
      send();
    }, 160);
  };
  const place = (event: PointerEvent): { x: number; y: number } => {
    const bounds = canvas.current!.getBoundingClientRect();
    return { x: ((event.clientX - bounds.left) / bounds.width) * SIDE, y: ((event.clientY - bounds.top) / bounds.height) * SIDE };
  };
  const stroke = (from: { x: number; y: number }, to: { x: number; y: number }): void => {
    const ctx = context();
    ctx.strokeStyle = "#fff";
    ctx.lineWidth = SIDE * penFor(pixels);
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.beginPath();
    ctx.moveTo(from.x, from.y);
    ctx.lineTo(to.x + 0.01, to.y);
    ctx.stroke();
    setEmpty(false);
    soon();
  };
  const clear = (): void => {
    strokes.current = [];
    wipe();
    setEmpty(true);
    onPicture(null);
  };
  const undo = (): void => {
    const before = strokes.current.pop();
    if (!before) return;
    context().putImageData(before, 0, 0);
    setEmpty(strokes.current.length === 0);
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
            strokes.current = [...strokes.current.slice(-30), context().getImageData(0, 0, SIDE, SIDE)];
            const at = place(event);
            last.current = at;
            stroke(at, at);
          }}
          onPointerMove={(event) => {
            if (!last.current) return;
            for (const part of event.nativeEvent.getCoalescedEvents?.() ?? [event.nativeEvent]) {
              const bounds = canvas.current!.getBoundingClientRect();
              const at = { x: ((part.clientX - bounds.left) / bounds.width) * SIDE, y: ((part.clientY - bounds.top) / bounds.height) * SIDE };
              stroke(last.current, at);
              last.current = at;
            }
          }}
          onPointerUp={() => (last.current = null)}
          onPointerCancel={() => (last.current = null)}
        />
        {empty && <span className="drawpad-hint">Draw here</span>}
      </div>
      <div className="row">
        <button type="button" className="btn small" disabled={empty} onClick={undo}>
          Undo
        </button>
        <button type="button" className="btn small" disabled={empty} onClick={clear}>
          <Icon name="eraser" /> Clear
        </button>
      </div>
    </div>
  );
}
