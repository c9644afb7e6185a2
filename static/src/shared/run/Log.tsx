/** The run's log; it stays at its end while one is there, and is left alone once one has scrolled up. */
import { useEffect, useRef } from "react";
import "./log.css";
import type { LogLine } from "./live";

export function Log({ lines }: { lines: readonly LogLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  useEffect(() => {
    if (box.current && follow.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <div
      className="log mono"
      ref={box}
      tabIndex={0}
      role="log"
      aria-label="Log"
      onScroll={(event) => {
        const element = event.currentTarget;
        follow.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
      }}
    >
      {lines.length === 0 && <span className="muted">Nothing yet.</span>}
      {lines.map((line, at) => (
        <p key={at} className={line.level}>
          <time>{line.t ? new Date(line.t * 1000).toLocaleTimeString([], { hour12: false }) : ""}</time>
          <span>{line.text}</span>
        </p>
      ))}
    </div>
  );
}
