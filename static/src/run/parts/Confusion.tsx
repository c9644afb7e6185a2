/** The confusion matrix as a heat map on a canvas (100 classes are 10,000 cells), walked by mouse or arrow keys. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { full, percent } from "../../shared/format";
import { cssColor, onThemeChange } from "../../shared/theme";
import { cellAt, rowSums, shade, worst } from "../confusion";

const NAMED = 30;

export function Confusion({ matrix, names }: { matrix: number[][]; names: string[] }) {
  const n = matrix.length;
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const sums = useMemo(() => rowSums(matrix), [matrix]);
  const mistakes = useMemo(() => worst(matrix, 8), [matrix]);
  const [cell, setCell] = useState<{ truth: number; said: number } | null>(null);
  const [size, setSize] = useState(360);
  const [themed, setThemed] = useState(0);
  useEffect(() => onThemeChange(() => setThemed((old) => old + 1)), []);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setSize(Math.max(160, Math.min(560, Math.floor(entry!.contentRect.width)))));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current;
    const ctx = element?.getContext("2d");
    if (!element || !ctx) return;
    const ratio = devicePixelRatio || 1;
    element.width = element.height = size * ratio;
    ctx.scale(ratio, ratio);
    const good = cssColor("--accent");
    const bad = cssColor("--series-2");
    const line = cssColor("--line");
    const text = cssColor("--text");
    const step = size / n;
    ctx.clearRect(0, 0, size, size);
    for (let truth = 0; truth < n; truth++) {
      for (let said = 0; said < n; said++) {
        const count = matrix[truth]![said]!;
        if (!count) continue;
        ctx.globalAlpha = shade(count, sums[truth]!);
        ctx.fillStyle = truth === said ? good : bad;
        ctx.fillRect(said * step, truth * step, Math.ceil(step), Math.ceil(step));
      }
    }
    ctx.globalAlpha = 1;
    if (n <= NAMED) {
      ctx.strokeStyle = line;
      ctx.lineWidth = 1;
      ctx.beginPath();
      for (let at = 0; at <= n; at++) {
        ctx.moveTo(at * step, 0);
        ctx.lineTo(at * step, size);
        ctx.moveTo(0, at * step);
        ctx.lineTo(size, at * step);
      }
      ctx.stroke();
    }
    if (step >= 26) {
      ctx.font = `${step >= 36 ? 11 : 10}px ${getComputedStyle(document.body).fontFamily}`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      for (let truth = 0; truth < n; truth++) {
        for (let said = 0; said < n; said++) {
          const count = matrix[truth]![said]!;
          if (!count) continue;
          ctx.fillStyle = truth === said && shade(count, sums[truth]!) > 0.6 ? "#fff" : text;
          ctx.fillText(count > 9999 ? `${Math.round(count / 1000)}k` : String(count), (said + 0.5) * step, (truth + 0.5) * step);
        }
      }
    }
  }, [matrix, n, size, sums, themed]);

  const keys = (event: KeyboardEvent): void => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    setCell((old) => {
      const from = old ?? { truth: 0, said: -1 };
      const within = (value: number): number => Math.min(n - 1, Math.max(0, value));
      return { truth: within(from.truth + move[0]!), said: within(from.said + move[1]!) };
    });
  };
  const step = size / n;
  const name = (at: number): string => names[at] ?? String(at);
  const count = cell ? (matrix[cell.truth]?.[cell.said] ?? 0) : 0;
  const labels = n <= NAMED;
  const longest = Math.max(...names.slice(0, n).map((item) => item.length), 1);
  const side = labels ? Math.min(110, longest * 6.2 + 10) : 0;
  return (
    <div className="confusion">
      <div className="confusion-grid" style={{ gridTemplateColumns: `16px ${side}px minmax(0, 560px)` }}>
        <span className="axis-y">True class</span>
        <div className="labels-y" aria-hidden="true" style={{ height: size }}>
          {labels && names.slice(0, n).map((item, at) => <span key={at} className={cell?.truth === at ? "on" : ""} style={{ height: step }}>{item}</span>)}
        </div>
        <div ref={box} className="confusion-box">
          <canvas
            ref={canvas}
            role="img"
            tabIndex={0}
            aria-label={`Confusion matrix of ${n} classes. Arrow keys walk the cells.`}
            style={{ width: size, height: size }}
            onKeyDown={keys}
            onBlur={() => setCell(null)}
            onMouseLeave={() => setCell(null)}
            onMouseMove={(event) => {
              const bounds = event.currentTarget.getBoundingClientRect();
              setCell(cellAt(event.clientX - bounds.left, event.clientY - bounds.top, size, n));
            }}
          />
          {cell && <i className="confusion-cursor" style={{ width: Math.max(step, 3), height: Math.max(step, 3), left: cell.said * step, top: cell.truth * step }} />}
        </div>
        <span />
        <span />
        <div>
          {labels && (
            <div className="labels-x" aria-hidden="true" style={{ width: size, height: Math.min(90, step >= longest * 6.2 ? 18 : longest * 5.2 + 8) }}>
              {names.slice(0, n).map((item, at) => (
                <span key={at} className={`${step >= longest * 6.2 ? "" : "tilted"} ${cell?.said === at ? "on" : ""}`} style={{ width: step }}>
                  <b>{item}</b>
                </span>
              ))}
            </div>
          )}
          <span className="axis-x">Predicted class</span>
        </div>
      </div>
      <div className="confusion-side">
        <p className="confusion-say" aria-live="polite">
          {cell ? (
            <>
              {cell.truth === cell.said ? <>True <b>{name(cell.truth)}</b>, recognised: </> : <>True <b>{name(cell.truth)}</b>, taken for <b>{name(cell.said)}</b>: </>}
              <b>{full(count)}</b> of {full(sums[cell.truth])} ({percent(sums[cell.truth] ? count / sums[cell.truth]! : null)})
            </>
          ) : (
            <span className="muted">Point at a cell, or walk with the arrow keys.</span>
          )}
        </p>
        <p className="confusion-key muted">
          <span><i className="right" /> recognised</span>
          <span><i className="wrong" /> taken for another</span>
          <span>the stronger, the larger the share of the row</span>
        </p>
        <h3>Most frequent mistakes</h3>
        {mistakes.length ? (
          <ol className="mistakes">
            {mistakes.map((item) => (
              <li key={`${item.truth}-${item.said}`} onMouseEnter={() => setCell(item)} onMouseLeave={() => setCell(null)}>
                <span>{name(item.truth)} → {name(item.said)}</span>
                <span className="num">{full(item.count)} <span className="unit">{percent(item.share)}</span></span>
              </li>
            ))}
          </ol>
        ) : (
          <p className="muted">None: every test sample was recognised.</p>
        )}
      </div>
    </div>
  );
}
