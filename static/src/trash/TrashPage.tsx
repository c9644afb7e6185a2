/** What was deleted and can still be restored. */
import { useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { ago, full } from "../shared/format";
import type { Listing, Schemas } from "../shared/types";
import { Confirm } from "../shared/ui/Dialog";
import { Icon, type IconName } from "../shared/ui/icons";
import { toast } from "../shared/ui/toast";

export type TrashRow = Schemas["TrashRow"];

const KINDS: Record<TrashRow["kind"], { word: string; icon: IconName; address: (id: string) => string }> = {
  design: { word: "Design", icon: "graph", address: (id) => `/designs/${id}` },
  run: { word: "Run", icon: "play", address: (id) => `/runs/${id}` },
  dataset: { word: "Data set", icon: "data", address: (id) => `/datasets/${id}` },
  demo: { word: "Demo", icon: "bolt", address: (id) => `/d/${id}` },
};

export function TrashPage({ first, days }: { first: Listing<TrashRow>; days: number }) {
  const [list, setList] = useState(first);
  const [going, setGoing] = useState<TrashRow | "all" | null>(null);
  const [deleted, setDeleted] = useState(0);
  const look = async (): Promise<void> => setList(await api.get<Listing<TrashRow>>("/api/trash"));
  const more = async (): Promise<void> => {
    const next = await api.get<Listing<TrashRow>>("/api/trash", { query: { offset: list.next } });
    setList((old) => ({ ...next, items: [...old.items, ...next.items] }));
  };
  const drop = (row: TrashRow): void => setList((old) => ({ ...old, items: old.items.filter((item) => item !== row), count: old.count - 1 }));
  const restore = async (row: TrashRow): Promise<void> => {
    try {
      await api.post(`/api/trash/${row.kind}/${row.id}/restore`);
      drop(row);
      toast({ kind: "ok", title: `${row.name} is back`, action: { label: "Open it", href: KINDS[row.kind].address(row.id) } });
    } catch (error) {
      toast({ kind: "bad", title: `Could not restore ${row.name}`, text: messageOf(error) });
    }
  };
  const empty = async (): Promise<void> => {
    // A part at a time, so that it can be seen how far it is.
    for (let done = 0; ; ) {
      const step = await api.delete<Schemas["Emptied"]>("/api/trash");
      done += step.deleted;
      setDeleted(done);
      if (!step.left || !step.deleted) break;
    }
    await look();
  };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Trash</h1>
          <p>What was deleted can be restored for {full(days)} {days === 1 ? "day" : "days"}; then it goes for good. A design or data set that runs need stays as long as they do.</p>
        </div>
        {list.count > 0 && <button type="button" className="btn danger" onClick={() => setGoing("all")}><Icon name="trash" /> Empty the trash</button>}
      </div>
      {list.items.length === 0 ? (
        <div className="card empty">
          <strong>The trash is empty</strong>
          <span>Designs, runs, data sets and demos that you delete wait here for a while.</span>
          <a className="btn" href="/">Go to the designs</a>
        </div>
      ) : (
        <div className="card scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Kind</th>
                <th className="right wide-only">Deleted</th>
                <th className="right wide-only">Goes for good</th>
                <th><span className="visually-hidden">Actions</span></th>
              </tr>
            </thead>
            <tbody>
              {list.items.map((row) => (
                <tr key={row.kind + row.id}>
                  <td>
                    {row.name}
                    {row.demos > 0 && <span className="muted"> with {row.demos === 1 ? "its demo" : `${full(row.demos)} demos`}</span>}
                  </td>
                  <td><span className="trash-kind"><Icon name={KINDS[row.kind].icon} /> {KINDS[row.kind].word}</span></td>
                  <td className="right muted wide-only">{ago(row.trashed)}</td>
                  <td className="right muted wide-only trash-wide" title={row.until ? new Date(row.until).toLocaleString() : ""}>{row.until ? inDays(row.until) : `after its ${row.runs === 1 ? "run" : `${full(row.runs)} runs`}`}</td>
                  <td>
                    <div className="row" style={{ justifyContent: "flex-end" }}>
                      <button type="button" className="btn small" onClick={() => void restore(row)}><Icon name="undo" /> Restore<span className="visually-hidden"> {row.name}</span></button>
                      <button type="button" className="btn quiet small icon" aria-label={`Delete ${row.name} for good`} title={row.runs ? `${full(row.runs)} ${row.runs === 1 ? "run needs" : "runs need"} it; delete those first` : "Delete for good"} disabled={row.runs > 0} onClick={() => setGoing(row)}>
                        <Icon name="cross" />
                      </button>
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.next !== null && <p className="trash-more"><button type="button" className="btn" onClick={() => void more()}>Show more of {full(list.count)}</button></p>}
      {going === "all" && (
        <Confirm title="Empty the trash?" action="Delete all for good" onClose={() => setGoing(null)} onConfirm={empty}>
          <p>{full(list.count)} {list.count === 1 ? "thing goes" : "things go"} for good, with files, curves and checkpoints. What runs still need stays.</p>
          {deleted > 0 && <p role="status" className="muted">{full(deleted)} deleted so far…</p>}
        </Confirm>
      )}
      {going !== null && going !== "all" && (
        <Confirm
          title={`Delete ${going.name} for good?`}
          action="Delete for good"
          onClose={() => setGoing(null)}
          onConfirm={async () => {
            await api.delete(`/api/trash/${going.kind}/${going.id}`);
            drop(going);
          }}
        >
          <p>It cannot be restored after that.{going.kind === "run" && ` Its curves, checkpoints${going.demos ? " and demo" : ""} go along.`}</p>
        </Confirm>
      )}
    </>
  );
}

function inDays(when: string): string {
  const days = Math.max(0, Math.ceil((Date.parse(when) - Date.now()) / 86_400_000));
  return days === 0 ? "today" : days === 1 ? "in a day" : `in ${full(days)} days`;
}
