/** The demos one has published. */
import { useState } from "react";
import { api } from "../shared/api/client";
import { ago } from "../shared/format";
import { Confirm } from "../shared/ui/Dialog";
import { Icon } from "../shared/ui/icons";
import type { DemoRow } from "./types";

export function DemoList({ first }: { first: DemoRow[] }) {
  const [rows, setRows] = useState(first);
  const [going, setGoing] = useState<DemoRow | null>(null);
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Demos</h1>
          <p>Finished runs behind a page that answers. Publish one from a run.</p>
        </div>
      </div>
      {rows.length === 0 ? (
        <div className="card empty">
          <strong>No demos yet</strong>
          <span>Train a design; when the run is done, press “Publish a demo” on its page.</span>
          <a className="btn" href="/runs/">Go to the runs</a>
        </div>
      ) : (
        <div className="card scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th>Demo</th>
                <th className="wide-only">Design</th>
                <th className="wide-only">Data</th>
                <th className="wide-only">Run</th>
                <th className="right">Published</th>
                <th><span className="visually-hidden">Take down</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.slug}>
                  <td><a className="run-link" href={row.url}>{row.title}</a></td>
                  <td className="wide-only">{row.design}</td>
                  <td className="wide-only">{row.dataset}</td>
                  <td className="wide-only"><a href={row.run.url}>{row.run.name}</a></td>
                  <td className="right muted">{ago(row.created)}</td>
                  <td className="right">
                    <button type="button" className="btn quiet small icon" aria-label={`Take down ${row.title}`} onClick={() => setGoing(row)}>
                      <Icon name="trash" />
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {going && (
        <Confirm
          title={`Take down ${going.title}?`}
          action="Take down"
          onClose={() => setGoing(null)}
          onConfirm={async () => {
            await api.delete(`/api/demos/${going.slug}`);
            setRows((old) => old.filter((row) => row.slug !== going.slug));
          }}
        >
          <p>Its address stops to answer. The run and its files stay.</p>
        </Confirm>
      )}
    </>
  );
}
