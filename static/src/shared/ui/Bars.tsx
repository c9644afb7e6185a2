/** Probabilities as bars, the most probable first and marked. */
import { percent } from "../format";
import type { Prediction } from "../types";

export function Bars({ items, top = 10, label }: { items: readonly Prediction[]; top?: number; label: string }) {
  const shown = [...items].sort((a, b) => b.probability - a.probability).slice(0, top);
  return (
    <div className="bars" role="list" aria-label={label}>
      {shown.map((item, at) => (
        <div className={`bar ${at === 0 ? "first" : ""}`} role="listitem" key={item.label}>
          <span className="ellipsis" title={item.label}>{item.label}</span>
          <span className="track" aria-hidden="true">
            <span style={{ width: `${Math.max(0, Math.min(1, item.probability)) * 100}%` }} />
          </span>
          <span className="figure">{percent(item.probability)}</span>
        </div>
      ))}
    </div>
  );
}
