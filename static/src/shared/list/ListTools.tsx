/** What stands above every list: search, tags, order, and how many there are. */
import { full } from "../format";
import { Icon } from "../ui/icons";
import type { List } from "./useList";
import "./list.css";

export const SORTS: Record<string, string> = { newest: "Newest", oldest: "Oldest", changed: "Last changed", name: "Name" };

export function ListTools<T>({ list, what, usual, children }: { list: List<T>; what: string; usual: keyof typeof SORTS; children?: React.ReactNode }) {
  const { find, narrow, tags } = list;
  // A tag that an address names is shown though nothing has it any more, or it could not be taken away.
  const names = [...new Set([...Object.keys(tags), ...(find.tag ? [find.tag] : [])])];
  return (
    <div className="list-tools">
      <div className="search grow">
        <Icon name="search" />
        <input className="input" type="search" placeholder="Name, note, tag" aria-label={`Search ${what}`} value={find.q ?? ""} onChange={(event) => narrow({ q: event.target.value })} />
      </div>
      {children}
      {names.length > 0 && (
        <select className="select" aria-label="Tag" value={find.tag ?? ""} onChange={(event) => narrow({ tag: event.target.value })}>
          <option value="">Every tag</option>
          {names.map((name) => (
            <option key={name} value={name}>{name}{tags[name] ? ` (${full(tags[name])})` : ""}</option>
          ))}
        </select>
      )}
      <select className="select" aria-label="Order" value={find.sort ?? usual} onChange={(event) => narrow({ sort: event.target.value === usual ? "" : event.target.value })}>
        {Object.entries(SORTS).map(([value, word]) => (
          <option key={value} value={value}>{word}</option>
        ))}
      </select>
    </div>
  );
}

/** Below a list: how much of it is shown, and the rest. */
export function ListEnd<T>({ list, what }: { list: List<T>; what: [string, string] }) {
  if (list.fault) return <p className="note bad list-end" role="alert">{list.fault} <button type="button" className="btn small" onClick={() => void list.look()}>Try again</button></p>;
  if (!list.rows?.length) return null;
  return (
    <p className="list-end muted" role="status">
      {list.more ? `${full(list.rows.length)} of ${full(list.count)} ${what[1]}` : `${full(list.count)} ${what[list.count === 1 ? 0 : 1]}`}
      {list.more && <button type="button" className="btn" onClick={() => void list.loadMore()}>Show more</button>}
    </p>
  );
}

/** Instead of rows, where nothing has all that is looked for. */
export function NothingFound<T>({ list, filters }: { list: List<T>; filters: readonly string[] }) {
  return (
    <div className="card empty">
      <strong>Nothing matches</strong>
      <span>Names, notes and tags were searched.</span>
      <button type="button" className="btn" onClick={() => list.narrow(Object.fromEntries(filters.map((name) => [name, ""])))}>Show all</button>
    </div>
  );
}
