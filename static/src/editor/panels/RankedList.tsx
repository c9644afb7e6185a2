import { goToPath } from "../actions/navigate";
import { type Ranked, percent } from "../model/cost";

const MOST = 40;

interface Props {
  rows: readonly Ranked[];
  show: (value: number) => string;
  /** The whole story of a value, for a hover. */
  how: (value: number) => string;
}

/** Nodes over bars of their share, the costliest first; each leads to its node. */
export function RankedList({ rows, show, how }: Props) {
  return (
    <>
      <ol className="ed-ranking">
        {rows.slice(0, MOST).map((row) => (
          <li key={row.name}>
            <button type="button" className="ed-link" title={`${how(row.value)} ${percent(row.share)} of the design${row.times > 1 ? `, in ${row.times} repetitions` : ""}.`} onClick={() => goToPath(row.path)}>
              <span className="ed-ranking-bar" style={{ width: `${row.share * 100}%` }} aria-hidden="true" />
              <span className="mono ellipsis">{row.name}{row.times > 1 && <b> ×{row.times}</b>}</span>
              <span className="num">{show(row.value)}</span>
              <span className="num muted">{percent(row.share)}</span>
            </button>
          </li>
        ))}
      </ol>
      {rows.length > MOST && <p className="muted">and {rows.length - MOST} more that cost less</p>}
    </>
  );
}
