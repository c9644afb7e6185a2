/** The demos one has published. */
import { ago } from "../shared/format";
import { EditableName, Labels } from "../shared/list/Labels";
import { ListEnd, ListTools, NothingFound } from "../shared/list/ListTools";
import { intoTrash } from "../shared/list/trash";
import { useList } from "../shared/list/useList";
import type { Listing } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import type { DemoRow } from "./types";

const FILTERS = ["q", "tag", "sort"];
const key = (row: DemoRow): string => row.slug;

export function DemoList({ first }: { first: Listing<DemoRow> }) {
  const list = useList({ path: "/api/demos", first, key, filters: FILTERS });
  const { rows, find } = list;
  const narrowed = !!find.q || !!find.tag;
  const empty = rows?.length === 0 && !narrowed;
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Demos</h1>
          <p>Finished runs behind a page that answers. Publish one from a run.</p>
        </div>
      </div>
      {!empty && <ListTools list={list} what="demos" usual="newest" />}
      {rows === null ? (
        !list.fault && <div className="card skeleton" aria-busy="true" />
      ) : empty ? (
        <div className="card empty">
          <strong>No demos yet</strong>
          <span>Train a design; when the run is done, press “Publish a demo” on its page.</span>
          <a className="btn" href="/runs/">Go to the runs</a>
        </div>
      ) : rows.length === 0 ? (
        <NothingFound list={list} filters={FILTERS} />
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
                  <td>
                    <EditableName<DemoRow> name={row.title} field="title" path={`/api/demos/${row.slug}`} onChange={list.change}><a className="run-link" href={row.url}>{row.title}</a></EditableName>
                    <Labels<DemoRow> row={row} name={row.title} path={`/api/demos/${row.slug}`} known={Object.keys(list.tags)} list="/demos/" onTag={(tag) => list.narrow({ tag })} onChange={list.change} />
                  </td>
                  <td className="wide-only">{row.design}</td>
                  <td className="wide-only">{row.dataset}</td>
                  <td className="wide-only"><a href={row.run.url}>{row.run.name}</a></td>
                  <td className="right muted">{ago(row.created)}</td>
                  <td>
                    <div className="row-actions">
                      <button type="button" className="btn quiet small icon" aria-label={`Take down ${row.title}`} title="Take down, into the trash" onClick={() => void intoTrash({ kind: "demo", id: row.slug, name: row.title, text: "Its address answers no more. The run stays." }, () => list.drop(row), () => void list.look())}>
                        <Icon name="trash" />
                      </button>
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ListEnd list={list} what={["demo", "demos"]} />
    </>
  );
}
