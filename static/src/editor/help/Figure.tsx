import { useMemo } from "react";
import { familyStyle } from "../parts/family";
import { type Part, type Wire, drawn } from "./figure";

/** A graph as a small picture; too wide a one is scrolled. */
export function Figure({ label, parts, wires }: { label: string; parts: readonly Part[]; wires: readonly Wire[] }) {
  const drawing = useMemo(() => drawn(parts, wires), [parts, wires]);
  return (
    <div className="ed-help-figure" tabIndex={0} role="group" aria-label={label}>
      <svg width={drawing.width} height={drawing.height} viewBox={`0 0 ${drawing.width} ${drawing.height}`} role="img" aria-label={`${label}: ${parts.map((part) => part.title).join(", ")}`}>
        {drawing.paths.map((path) => <path key={path} d={path} />)}
        {drawing.parts.map((part) => (
          <g key={part.id} style={familyStyle(part.family || "other")} data-end={!part.family || undefined}>
            <title>{part.id}</title>
            <rect x={part.x} y={part.y} width={part.width} height={part.height} rx={6} />
            <text x={part.x + part.width / 2} y={part.y + part.height / 2 + 4}>{part.title}</text>
          </g>
        ))}
      </svg>
    </div>
  );
}
