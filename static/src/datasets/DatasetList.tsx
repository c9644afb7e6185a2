/** All data sets, and the place to drop a new one. */
import { useEffect, useRef, useState, type DragEvent } from "react";
import { api, isAbort, messageOf } from "../shared/api/client";
import { ago, bytes, duration, full, short } from "../shared/format";
import type { DatasetRow, Listing } from "../shared/types";
import { Confirm } from "../shared/ui/Dialog";
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

export function DatasetList({ first, accepted }: { first: DatasetRow[]; accepted: Accepted }) {
  const [rows, setRows] = useState(first);
  const [uploads, setUploads] = useState<Going[]>([]);
  const [leaving, setLeaving] = useState<DatasetRow | null>(null);
  const before = useRef(new Map(first.map((row) => [row.id, row.state])));

  const look = async (): Promise<void> => {
    const list = await api.get<Listing<DatasetRow>>("/api/datasets", { query: { limit: 200 } });
    for (const row of list.items) {
      const old = before.current.get(row.id);
      if (old && old !== row.state && row.state === "ready") toast({ kind: "ok", title: `${row.name} is ready`, action: { label: "Look at it", href: row.url } });
      if (old && old !== row.state && row.state === "refused") toast({ kind: "bad", title: `${row.name} cannot be used`, text: row.reason, action: { label: "Change how it is read", href: row.url } });
      before.current.set(row.id, row.state);
    }
    setRows(list.items);
  };
  const busy = rows.some((row) => row.state === "checking") || uploads.length > 0;
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(() => void look().catch(() => undefined), 1000);
    return () => clearInterval(timer);
  }, [busy]);
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
      <div className="card scroll-x section">
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
                <td><a className="run-link" href={row.url}>{row.name}</a></td>
                <td><State row={row} /></td>
                <td className="muted wide-only">{words(TASKS, row.task) || words(KINDS, row.kind)}</td>
                <td className="right num wide-only" title={full(row.train_size)}>{short(row.train_size)}</td>
                <td className="right num wide-only" title={full(row.test_size)}>{short(row.test_size)}</td>
                <td className="right num wide-only">{full(row.classes)}</td>
                <td className="right num wide-only">{row.builtin ? <span className="badge">built in</span> : bytes(row.size)}</td>
                <td className="right num wide-only">{row.runs || "–"}</td>
                <td className="right num muted wide-only">{ago(row.created)}</td>
                <td className="right">
                  {!row.builtin && (
                    <button type="button" className="btn quiet small icon" aria-label={`Delete ${row.name}`} onClick={() => setLeaving(row)}>
                      <Icon name="trash" />
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {leaving && (
        <Confirm
          title={`Delete ${leaving.name}?`}
          action="Delete data set"
          onClose={() => setLeaving(null)}
          onConfirm={async () => {
            await api.delete(`/api/datasets/${leaving.id}`);
            setRows((old) => old.filter((row) => row.id !== leaving.id));
            toast({ kind: "ok", title: `${leaving.name} is deleted` });
          }}
        >
          <p>The file and its prepared form go. {leaving.runs > 0 && `${full(leaving.runs)} ${leaving.runs === 1 ? "run was" : "runs were"} trained on it.`}</p>
        </Confirm>
      )}
    </>
  );
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
