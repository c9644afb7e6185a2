/** Every node with its time, memory and work over bars: sorted by a figure, filtered by words. */
import { useMemo, useState, type ReactNode } from "react";
import { bytes, full, ms, percent, short } from "../../shared/format";
import { arranged, type NodeRow, nodeRows, type PerNode, type ProfileDocument, type SortKey } from "../../shared/profile/document";
import { Icon } from "../../shared/ui/icons";

// More are there after a click; a thousand rows of bars would make the page slow.
const FIRST = 25;

const COLUMNS: { key: Exclude<SortKey, "order" | "path">; label: string; show: (value: number) => string; how: string }[] = [
  { key: "ms", label: "Time", show: ms, how: "The median of the node's forwards. PyTorch is timed node by node, onnxruntime by its own profiler." },
  { key: "bytes", label: "Memory", show: bytes, how: "What the node's outputs take for the whole batch; an output that is its input in another shape, or written over it, takes nothing." },
  { key: "macs", label: "MACs", show: short, how: "Multiply-adds for one sample." },
  { key: "params", label: "Parameters", show: short, how: "Numbers that the node holds." },
];

interface Props {
  found: ProfileDocument;
  measured: PerNode;
  download: string;
  /** The choice of measurement. */
  children: ReactNode;
}

export function NodeTable({ found, measured, download, children }: Props) {
  const [text, setText] = useState("");
  const [{ key, turned }, setOrder] = useState<{ key: SortKey; turned: boolean }>({ key: "ms", turned: false });
  const [all, setAll] = useState(false);
  const rows = useMemo(() => nodeRows(found, measured), [found, measured]);
  const shown = useMemo(() => arranged(rows, text, key, turned), [rows, text, key, turned]);
  const sort = (next: SortKey): void => setOrder((old) => ({ key: next, turned: old.key === next && !old.turned }));
  const by = COLUMNS.find((column) => column.key === key) ?? COLUMNS[0]!;
  const most = Math.max(...rows.map((row) => row[by.key]), 0);
  const sorting = (one: SortKey): "none" | "ascending" | "descending" => (key !== one ? "none" : (one === "path") === turned ? "descending" : "ascending");
  const head = (one: SortKey, label: string): ReactNode => (
    <button type="button" onClick={() => sort(one)}>{label}{key === one && <span aria-hidden="true"> {sorting(one) === "descending" ? "↓" : "↑"}</span>}</button>
  );
  const others = Object.entries(measured.other);
  const merged = rows.some((row) => row.into !== undefined);
  return (
    <section className="card" aria-labelledby="nodes">
      <header className="wrap">
        <h2 id="nodes">Nodes <span className="muted num">{text ? `${full(shown.length)} of ` : ""}{full(rows.length)}</span></h2>
        <div className="row wrap node-tools">
          {children}
          <div className="search"><Icon name="search" /><input className="input" type="search" aria-label="Filter nodes" placeholder="Filter" value={text} onChange={(event) => setText(event.target.value)} /></div>
          <a className="btn" href={download} download><Icon name="download" /> CSV</a>
        </div>
      </header>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Table of nodes">
        <table className="table profile-table node-table">
          <thead>
            <tr>
              <th aria-sort={sorting("path")}>{head("path", "Node")}</th>
              {COLUMNS.map((column) => (
                <th key={column.key} className={`right ${column.key === by.key ? "" : "wide-only"}`} title={column.how} aria-sort={sorting(column.key)}>{head(column.key, column.label)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, all ? undefined : FIRST).map((row) => <Row key={row.path} row={row} by={by.key} most={most} />)}
          </tbody>
        </table>
        {!shown.length && <p className="empty">No node has these words in its path or block.</p>}
      </div>
      {!all && shown.length > FIRST && <p className="node-more"><button type="button" className="btn" onClick={() => setAll(true)}>Show all {full(shown.length)}</button></p>}
      {(merged || others.length > 0) && (
        <p className="node-notes muted">
          {merged && "onnxruntime merges nodes; the one with the most multiply-adds has the time of all. "}
          {others.length > 0 && `Of no node: ${others.map(([name, took]) => `${name} ${ms(took)}`).join(", ")}.`}
        </p>
      )}
    </section>
  );
}

function Row({ row, by, most }: { row: NodeRow; by: (typeof COLUMNS)[number]["key"]; most: number }) {
  return (
    <tr>
      <td>
        <span className="mono">{row.path}</span> <span className="muted node-block">{row.block}</span>
        {row.into !== undefined && <span className="hint">{row.into ? `merged into ${row.into}` : "not in the exported graph"}</span>}
      </td>
      {COLUMNS.map(({ key, show }) => (
        <td key={key} className={`right num ${key === by ? "node-by" : "wide-only"}`}>
          {key === by ? (
            <div className="node-bar" title={key === "ms" ? `${percent(row.share)} of the time of all nodes` : ""}>
              <span className="node-fill" style={{ width: `${most ? (100 * row[key]) / most : 0}%` }} aria-hidden="true" />
              {key === "ms" && row.into === undefined && <span className="muted">{percent(row.share, 0)}</span>}
              <b>{row.into !== undefined && key !== "macs" && key !== "params" ? "" : show(row[key])}</b>
            </div>
          ) : row.into !== undefined && (key === "ms" || key === "bytes") ? "" : show(row[key])}
        </td>
      ))}
    </tr>
  );
}
