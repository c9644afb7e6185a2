/** Accuracy per class as bars, in the order of the classes or the weakest first. */
import { useState } from "react";
import { full, percent } from "../../shared/format";
import type { PerClass as Row } from "../../shared/types";

export function PerClass({ rows }: { rows: Row[] }) {
  const [byAccuracy, setByAccuracy] = useState(rows.length > 12);
  const shown = byAccuracy ? [...rows].sort((a, b) => (a.accuracy ?? 2) - (b.accuracy ?? 2)) : rows;
  return (
    <div className="per-class">
      <div className="segments" role="group" aria-label="Order of the classes">
        <button type="button" aria-pressed={!byAccuracy} onClick={() => setByAccuracy(false)}>By class</button>
        <button type="button" aria-pressed={byAccuracy} onClick={() => setByAccuracy(true)}>Weakest first</button>
      </div>
      <div className="bars per-class-bars">
        {shown.map((row) => (
          <div className="bar" key={row.name} title={`${full(row.support)} test samples`}>
            <span className="ellipsis">{row.name}</span>
            <span className="track"><span style={{ width: `${(row.accuracy ?? 0) * 100}%` }} /></span>
            <span className="figure">{percent(row.accuracy)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
