import { createPortal } from "react-dom";
import type { WireMark } from "../model/overlay";
import type { Position } from "../model/types";

const WIDTH = 296;
const HEIGHT = 320;

/** What travels along a wire: the picture as large as there is room for, and every figure. */
export function WireFigures({ mark }: { mark: WireMark }) {
  return (
    <div className="ed-wire-figures">
      {mark.picture && (
        <figure>
          <img src={mark.picture} alt="" />
          {mark.caption && <figcaption className="muted">{mark.caption}</figcaption>}
        </figure>
      )}
      {mark.words !== undefined && <blockquote className="ed-wire-words">{mark.words}</blockquote>}
      <dl className="ed-figures-list">
        {mark.figures?.map(([name, value]) => (
          <div key={name}><dt>{name}</dt><dd className="mono">{value}</dd></div>
        ))}
      </dl>
    </div>
  );
}

/** The same beside the pointer. */
export function WireCard({ mark, at }: { mark: WireMark; at: Position }) {
  const left = at.x + 16 + WIDTH > innerWidth ? Math.max(8, at.x - 16 - WIDTH) : at.x + 16;
  const top = Math.max(8, Math.min(at.y - 24, innerHeight - HEIGHT));
  return createPortal(
    <div className="ed-wire-card" style={{ left, top, width: WIDTH }}>
      <WireFigures mark={mark} />
    </div>,
    document.body,
  );
}
