/** All data sets, and the place to drop a new one. */
import { useEffect, useRef, useState, type DragEvent } from "react";
import { api, isAbort, messageOf } from "../shared/api/client";
import { ago, bytes, duration, full, short } from "../shared/format";
import { EditableName, Labels } from "../shared/list/Labels";
import { ListEnd, ListTools, NothingFound } from "../shared/list/ListTools";
import { intoTrash } from "../shared/list/trash";
import { useList } from "../shared/list/useList";
import type { DatasetRow, Listing } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { toast } from "../shared/ui/toast";
import { KINDS, moving, STATE, TASKS, words } from "./kinds";
import { fingerprint, forget, upload, type Transfer } from "./upload";

export interface Accepted {
  suffixes: string[];
  max_bytes: number;
  part_bytes: number;
}

interface Going {
  file: File;
  transfer: Transfer | null;
  fault: string;
  abort: AbortController;
}

const FILTERS = ["q", "tag", "sort", "state"];
const key = (row: DatasetRow): string => row.id;

export function DatasetList({ first, accepted }: { first: Listing<DatasetRow>; accepted: Accepted }) {
  const list = useList({ path: "/api/datasets", first, key, filters: FILTERS });
  const { rows: found, find, narrow, look } = list;
  const rows = found ?? [];
  const [uploads, setUploads] = useState<Going[]>([]);
  const before = useRef(new Map(first.items.map((row) => [row.id, row.state])));

  useEffect(() => {
    for (const row of found ?? []) {
      const old = before.current.get(row.id);
      if (old && old !== row.state && row.state === "ready") toast({ kind: "ok", title: `${row.name} is ready`, action: { label: "Look at it", href: row.url } });
      if (old && old !== row.state && row.state === "refused") toast({ kind: "bad", title: `${row.name} cannot be used`, text: row.reason, action: { label: "Change how it is read", href: row.url } });
      before.current.set(row.id, row.state);
    }
  }, [found]);
  const busy = rows.some((row) => row.state === "checking") || uploads.length > 0;
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(() => void look(), 1000);
    return () => clearInterval(timer);
  }, [busy, look]);
  useEffect(() => {
    if (!uploads.some((item) => !item.fault)) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [uploads]);

  const change = (file: File, part: Partial<Going>): void => setUploads((old) => old.map((item) => (item.file === file ? { ...item, ...part } : item)));
  const drop = (file: File): void => setUploads((old) => old.filter((item) => item.file !== file));
  const begin = (file: File): void => {
    const suffix = /\.[^.]+$/.exec(file.name.toLowerCase())?.[0] ?? "";
    const abort = new AbortController();
    const wrong = !accepted.suffixes.includes(suffix)
      ? `${suffix || "A file without an ending"} is not read here; it may be ${accepted.suffixes.join(", ")}.`
      : file.size > accepted.max_bytes
        ? `It has ${bytes(file.size)}; at most ${bytes(accepted.max_bytes)} are taken.`
        : file.size === 0
          ? "It is empty."
          : "";
    setUploads((old) => [...old.filter((item) => item.file.name !== file.name), { file, transfer: null, fault: wrong, abort }]);
    if (!wrong) void send(file, abort);
  };
  const send = async (file: File, abort: AbortController): Promise<void> => {
    try {
      const id = await upload(file, (transfer) => change(file, { transfer }), abort.signal);
      before.current.set(id, "checking");
      await look();
      drop(file);
    } catch (error) {
      if (!isAbort(error)) change(file, { fault: messageOf(error) });
    }
  };
  const cancel = async (item: Going): Promise<void> => {
    item.abort.abort();
    forget(fingerprint(item.file));
    drop(item.file);
    if (item.transfer) await api.delete(`/api/datasets/${item.transfer.id}`).catch(() => undefined);
    await look();
  };

  // A file under way has its own line above; the half row of it would only say the same again.
  // One's own first, then what is built in.
  const shown = rows
    .filter((row) => !uploads.some((item) => item.transfer?.id === row.id))
    .sort((a, b) => Number(a.builtin) - Number(b.builtin));
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Data</h1>
          <p>What designs are trained on. Built-in sets, and your own files; they stay on this machine.</p>
        </div>
      </div>
      <DropZone accepted={accepted} onFiles={(files) => files.forEach(begin)} />
      {uploads.length > 0 && (
        <ul className="uploads" aria-label="Uploads">
          {uploads.map((item) => (
            <Upload
              key={item.file.name}
              item={item}
              onCancel={() => void cancel(item)}
              onAgain={() => {
                const abort = new AbortController();
                change(item.file, { fault: "", abort });
                void send(item.file, abort);
              }}
            />
          ))}
        </ul>
      )}
      <div className="section">
        <ListTools list={list} what="data sets" usual="newest">
          <select className="select" aria-label="State" value={find.state ?? ""} onChange={(event) => narrow({ state: event.target.value })}>
            <option value="">Every state</option>
            {Object.entries(STATE).filter(([value]) => value !== "download").map(([value, { word }]) => <option key={value} value={value}>{word}</option>)}
          </select>
        </ListTools>
      </div>
      {found === null && !list.fault && <div className="card skeleton table-wait" aria-busy="true" />}
      {found?.length === 0 && <NothingFound list={list} filters={FILTERS} />}
      {shown.length > 0 && <div className="card scroll-x">
        <table className="table dataset-table">
          <thead>
            <tr>
              <th>Data set</th>
              <th>State</th>
              <th className="wide-only">Kind</th>
              <th className="right wide-only">Train</th>
              <th className="right wide-only">Test</th>
              <th className="right wide-only">Classes</th>
              <th className="right wide-only">File</th>
              <th className="right wide-only">Runs</th>
              <th className="right wide-only">Added</th>
              <th><span className="visually-hidden">Delete</span></th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.id}>
                <td>
                  {row.builtin ? (
                    <a className="run-link" href={row.url}>{row.name}</a>
                  ) : (
                    <>
                      <EditableName<DatasetRow> name={row.name} path={`/api/datasets/${row.id}`} onChange={list.change}><a className="run-link" href={row.url}>{row.name}</a></EditableName>
                      <Labels<DatasetRow> row={row} name={row.name} path={`/api/datasets/${row.id}`} known={Object.keys(list.tags)} list="/datasets/" onTag={(tag) => narrow({ tag })} onChange={list.change} />
                    </>
                  )}
                </td>
                <td><State row={row} /></td>
                <td className="muted wide-only">{words(TASKS, row.task) || words(KINDS, row.kind)}</td>
                <td className="right num wide-only" title={full(row.train_size)}>{short(row.train_size)}</td>
                <td className="right num wide-only" title={full(row.test_size)}>{short(row.test_size)}</td>
                <td className="right num wide-only">{full(row.classes)}</td>
                <td className="right num wide-only">{row.builtin ? <span className="badge">built in</span> : bytes(row.size)}</td>
                <td className="right num wide-only">{row.runs ? <a href={`/runs/?dataset=${row.id}`}>{full(row.runs)}</a> : "–"}</td>
                <td className="right num muted wide-only">{ago(row.created)}</td>
                <td className="right">
                  {!row.builtin && (
                    <button type="button" className="btn quiet small icon" aria-label={`Delete ${row.name}`} title="Into the trash" onClick={() => void intoTrash({ kind: "dataset", id: row.id, name: row.name, text: deletedWith(row) }, () => list.drop(row), () => void look())}>
                      <Icon name="trash" />
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>}
      <ListEnd list={list} what={["data set", "data sets"]} />
    </>
  );
}

/** What happens to a data set's runs, as a sentence. */
export function deletedWith(row: DatasetRow): string {
  if (!row.runs) return "";
  return row.runs === 1 ? "The run that trained on it stays, and keeps the file." : `The ${full(row.runs)} runs that trained on it stay, and keep the file.`;
}

export function State({ row }: { row: DatasetRow }) {
  const look = STATE[row.state] ?? { kind: "", word: row.state };
  const { progress } = row;
  const share = progress && progress.total > 0 ? progress.done / progress.total : null;
  return (
    <span className={`badge ${look.kind}`} title={row.reason || progress?.text || ""}>
      {moving(row) && <span className="spinner" />}
      {look.word}
      {share !== null && ` ${Math.floor(share * 100)} %`}
    </span>
  );
}

function DropZone({ accepted, onFiles }: { accepted: Accepted; onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <div className={`dropzone ${over ? "over" : ""}`} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={() => setOver(false)} onDrop={drop}>
      <Icon name="upload" size={22} />
      <div>
        <p className="row wrap">
          <button type="button" className="btn primary" onClick={() => input.current?.click()}>Choose files</button>
          <span className="muted">or drop them here, up to {bytes(accepted.max_bytes)} each</span>
        </p>
        <p className="muted dropzone-kinds">
          <b>.zip</b> pictures as <code>train/class/…</code> and <code>test/class/…</code>, or only <code>class/…</code> · <b>.csv</b> sentences or numbers with a label column · <b>.txt</b> a text to model byte by byte
        </p>
      </div>
      <input ref={input} type="file" hidden multiple aria-label="File to upload" accept={accepted.suffixes.join(",")} onChange={(event) => (onFiles([...(event.target.files ?? [])]), (event.target.value = ""))} />
    </div>
  );
}

function Upload({ item, onCancel, onAgain }: { item: Going; onCancel: () => void; onAgain: () => void }) {
  const { file, transfer, fault } = item;
  const share = transfer ? transfer.sent / transfer.total : 0;
  const left = transfer?.rate ? (transfer.total - transfer.sent) / transfer.rate : null;
  return (
    <li className="card upload">
      <div className="spread">
        <strong className="ellipsis">{file.name}</strong>
        <span className="row">
          {fault && transfer && <button type="button" className="btn small" onClick={onAgain}>Go on</button>}
          <button type="button" className="btn quiet small" onClick={onCancel}>{fault ? "Remove" : "Cancel"}</button>
        </span>
      </div>
      {fault ? (
        <p className="fault" role="alert">{fault}</p>
      ) : (
        <>
          <div className="progress" role="progressbar" aria-label={`Upload of ${file.name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}><span style={{ transform: `scaleX(${share})` }} /></div>
          <p className="muted num">
            {bytes(transfer?.sent ?? 0)} of {bytes(file.size)}
            {transfer?.rate ? ` · ${bytes(transfer.rate)}/s` : ""}
            {left !== null && left > 1 ? ` · ${duration(left)} left` : ""}
          </p>
        </>
      )}
    </li>
  );
}
