import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";

const KEY = "blockyard.editor.code-width";
const LEAST = 25;
const MOST = 75;
const STEP = 4;

const within = (share: number): number => Math.min(MOST, Math.max(LEAST, Math.round(share)));

const remembered = (): number => within(Number(localStorage.getItem(KEY)) || 50);

/** Two things beside each other, with a border between them that can be moved, by hand and by arrow keys; or one alone. */
export function Beside({ left, right, label }: { left: ReactNode; right: ReactNode | null; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(remembered);
  const change = (next: number) => {
    setShare(within(next));
    localStorage.setItem(KEY, String(within(next)));
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const box = host.current?.getBoundingClientRect();
    if (box && event.currentTarget.hasPointerCapture(event.pointerId)) change(((box.right - event.clientX) / box.width) * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowLeft: share + STEP, ArrowRight: share - STEP, Home: MOST, End: LEAST }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    change(next);
  };
  const columns = right ? `minmax(0, ${100 - share}fr) auto minmax(0, ${share}fr)` : "minmax(0, 1fr)";
  return (
    <div className="ed-beside" ref={host} style={{ gridTemplateColumns: columns }}>
      <div className="ed-beside-part">{left}</div>
      {right && (
        <>
          <div
            className="ed-border"
            role="separator"
            tabIndex={0}
            aria-label={label}
            aria-orientation="vertical"
            aria-valuemin={LEAST}
            aria-valuemax={MOST}
            aria-valuenow={share}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onKeyDown={onKeyDown}
            onDoubleClick={() => change(50)}
          />
          <div className="ed-beside-part">{right}</div>
        </>
      )}
    </div>
  );
}
