/** A look at some samples of a data set: pictures in a grid, sentences in a list, rows in a table. */
import { plain } from "../format";
import type { Json, Sample } from "../types";
import "./samples.css";

export interface SamplesProps {
  items: readonly Sample[];
  /** Edge of a picture in px. */
  size?: number;
  onPick?: (sample: Sample) => void;
  /** Keep a list or table to this many entries. */
  most?: number;
}

const cell = (value: Json | undefined): string => (value === null || value === undefined ? "–" : typeof value === "number" ? plain(value) : String(value));
const caption = (sample: Sample): string => sample.label ?? (sample.value === null || sample.value === undefined ? "" : plain(sample.value));

export function Samples({ items, size = 56, onPick, most = 100 }: SamplesProps) {
  if (!items.length) return <p className="muted">No samples.</p>;
  const shown = items.slice(0, most);
  if (shown[0]!.image) {
    return (
      <ul className="samples-grid" style={{ gridTemplateColumns: `repeat(auto-fill, minmax(${size}px, 1fr))` }}>
        {shown.map((sample, at) => {
          const picture = (
            <>
              <img src={sample.image ?? ""} alt="" width={size} height={size} loading="lazy" decoding="async" />
              <span className="ellipsis">{caption(sample)}</span>
            </>
          );
          return (
            <li key={sample.index ?? at}>
              {onPick ? (
                <button type="button" onClick={() => onPick(sample)} aria-label={`Use this sample, labelled ${caption(sample) || "nothing"}`}>
                  {picture}
                </button>
              ) : (
                <figure title={caption(sample)}>{picture}</figure>
              )}
            </li>
          );
        })}
      </ul>
    );
  }
  if (shown[0]!.row) {
    const columns = Object.keys(shown[0]!.row);
    return (
      <div className="scroll-x" role="group" aria-label="Samples" tabIndex={0}>
        <table className="table samples-table">
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name}>{name}</th>
              ))}
              <th>{shown[0]!.label == null ? "Value" : "Label"}</th>
              {onPick && <th><span className="visually-hidden">Use</span></th>}
            </tr>
          </thead>
          <tbody>
            {shown.map((sample, at) => (
              <tr key={sample.index ?? at}>
                {columns.map((name) => (
                  <td key={name} className="num">
                    {cell(sample.row?.[name])}
                  </td>
                ))}
                <td>
                  <span className="badge">{caption(sample) || "–"}</span>
                </td>
                {onPick && (
                  <td>
                    <button type="button" className="btn small" onClick={() => onPick(sample)}>
                      Use
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  return (
    <ul className="samples-list">
      {shown.map((sample, at) => (
        <li key={sample.index ?? at}>
          {caption(sample) && <span className="badge">{caption(sample)}</span>}
          {onPick ? (
            <button type="button" onClick={() => onPick(sample)}>
              {sample.text}
            </button>
          ) : (
            <p>{sample.text}</p>
          )}
        </li>
      ))}
    </ul>
  );
}
