import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import type { Schemas } from "@shared/types";
import { light } from "../canvas/bridge";
import { editor, useEditor } from "../state/store";
import { htmlLines, linesAbout, mapOf, nodesAbout } from "./spans";
import { useNodePointedAt } from "./useNodePointedAt";

interface LineProps {
  number: number;
  html: string;
  /** What the line is about, in words; empty where it is about no node in view. */
  about: string;
  lit: boolean;
  stop: boolean;
}

/** One line; its number is a button where it is about nodes. The server's highlighter escapes all that it marks. */
const Line = memo(function Line({ number, html, about, lit, stop }: LineProps) {
  return (
    <div className="ed-line" data-line={number} data-lit={lit || undefined}>
      {about ? (
        <button type="button" className="ed-line-number" tabIndex={stop ? 0 : -1} aria-label={`Line ${number}: ${about}`} title={about}>{number}</button>
      ) : (
        <span className="ed-line-number" aria-hidden="true">{number}</span>
      )}
      <code dangerouslySetInnerHTML={{ __html: html || " " }} />
    </div>
  );
});

const lineOf = (target: EventTarget | null): number | null => {
  const line = target instanceof Element ? target.closest<HTMLElement>(".ed-line")?.dataset.line : undefined;
  return line ? Number(line) : null;
};

const NOTHING: ReadonlySet<string> = new Set();

/** The file, linked to the canvas: a line that is pointed at lights its nodes, a node its lines. */
export function CodeText({ code, stale }: { code: Schemas["CodeOut"]; stale: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => htmlLines(code.html), [code.html]);
  const map = useMemo(() => mapOf(code.spans), [code.spans]);
  const place = useEditor((state) => state.place.path);
  const selected = useEditor((state) => state.selected);
  const pointed = useNodePointedAt();
  const [at, setAt] = useState<number | null>(null);

  const about = useMemo(() => lines.map((_, index) => [...nodesAbout(map, place, index + 1)].join(", ")), [lines, map, place]);
  const own = useMemo(() => linesAbout(map, place, pointed ? [pointed] : selected), [map, place, pointed, selected]);
  const stops = about.flatMap((text, index) => (text ? [index + 1] : []));
  const stop = at !== null && stops.includes(at) ? at : stops[0];

  // Both ways at once would chase each other: what is pointed at in the code lights nodes only.
  useEffect(() => {
    light(at === null ? NOTHING : nodesAbout(map, place, at));
    return () => light(NOTHING);
  }, [at, map, place]);
  useEffect(() => {
    const first = Math.min(...own);
    if (at === null && own.size) host.current?.querySelector(`[data-line="${first}"]`)?.scrollIntoView({ block: "nearest" });
  }, [own, at]);

  const go = (line: number | null) => {
    const ids = line === null ? NOTHING : nodesAbout(map, place, line);
    if (!ids.size) return;
    editor.getState().select(ids);
    editor.getState().show([...ids]);
  };
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const now = lineOf(event.target);
    if (!step || now === null || !(event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const next = stops[stops.indexOf(now) + step];
    host.current?.querySelector<HTMLElement>(`[data-line="${next}"] button`)?.focus();
  };

  return (
    <div
      className="ed-code-text"
      ref={host}
      data-stale={stale || undefined}
      tabIndex={0}
      role="region"
      aria-label="Generated PyTorch"
      onPointerOver={(event) => setAt(lineOf(event.target))}
      onPointerLeave={() => setAt(null)}
      onFocus={(event) => event.target instanceof HTMLButtonElement && setAt(lineOf(event.target))}
      onBlur={() => setAt(null)}
      onKeyDown={walk}
      onClick={(event) => !getSelection()?.toString() && go(lineOf(event.target))}
    >
      {lines.map((html, index) => (
        <Line key={index} number={index + 1} html={html} about={about[index]!} lit={own.has(index + 1)} stop={index + 1 === stop} />
      ))}
    </div>
  );
}
