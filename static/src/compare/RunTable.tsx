/** The same runs as a table: sort by a column, filter by words, choose columns, take it along as CSV. */
import { useMemo, useState } from "react";
import type { ComparedRun } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { columnsFor, csv, matching, NAME, sorted } from "./columns";

export function RunTable({ runs, remove }: { runs: readonly ComparedRun[]; remove: (id: string) => void }) {
  const [text, setText] = useState("");
  const [order, setOrder] = useState<{ key: string; down: boolean } | null>(null);
  // What was switched against its own default.
  const [switched, setSwitched] = useState<ReadonlySet<string>>(new Set());
  const all = useMemo(() => columnsFor(runs), [runs]);
  const shown = all.filter((column) => !!column.hidden === switched.has(column.key));
  const rows = sorted(matching(runs, shown, text), [NAME, ...all].find(({ key }) => key === order?.key), order?.down ?? false);
  const flip = (key: string): void => setSwitched((old) => new Set(old.has(key) ? [...old].filter((item) => item !== key) : [...old, key]));
  const sort = (key: string, right = false): void => setOrder((old) => ({ key, down: old?.key === key ? !old.down : right }));
  const save = (): void => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", csv(rows, shown)], { type: "text/csv;charset=utf-8" }));
    link.download = "runs.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <section className="card" aria-labelledby="table">
      <header className="wrap">
        <h2 id="table">Table</h2>
        <div className="row wrap table-tools">
          <div className="search"><Icon name="search" /><input className="input" type="search" aria-label="Filter the table" placeholder="Filter" value={text} onChange={(event) => setText(event.target.value)} /></div>
          <details className="columns">
            <summary className="btn">Columns</summary>
            <div className="columns-menu">
              {all.map((column) => <label key={column.key} className="row"><input type="checkbox" checked={shown.includes(column)} onChange={() => flip(column.key)} /> {column.label}</label>)}
            </div>
          </details>
          <button type="button" className="btn" onClick={save}><Icon name="download" /> CSV</button>
        </div>
      </header>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Table of runs">
        <table className="table compare-table">
          <thead>
            <tr>
              {[NAME, ...shown].map((column) => (
                <th key={column.key} className={column.right ? "right" : ""} aria-sort={order?.key === column.key ? (order.down ? "descending" : "ascending") : "none"} title={column.how}>
                  <button type="button" onClick={() => sort(column.key, column.right)}>{column.label}{order?.key === column.key && <span aria-hidden="true"> {order.down ? "↓" : "↑"}</span>}</button>
                </th>
              ))}
              <th><span className="visually-hidden">Take out</span></th>
            </tr>
          </thead>
          <tbody>
            {rows.map((run) => (
              <tr key={run.id}>
                <th scope="row"><a href={run.url}>{run.name}</a></th>
                {shown.map((column) => <td key={column.key} className={column.right ? "right num" : "nowrap"}>{column.key === "design" && run.design?.url ? <a href={run.design.url}>{column.text(run)}</a> : column.text(run)}</td>)}
                <td><button type="button" className="btn quiet small icon" aria-label={`Take ${run.name} out of the comparison`} title="Take out" onClick={() => remove(run.id)}><Icon name="cross" /></button></td>
              </tr>
            ))}
          </tbody>
        </table>
        {!rows.length && <p className="empty">No run has these words in its row.</p>}
      </div>
    </section>
  );
}
