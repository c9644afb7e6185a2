/** Links that let whoever has them look: made, listed and revoked. */
import { useState } from "react";
import { api, messageOf } from "../api/client";
import { ago } from "../format";
import type { Schemas } from "../types";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toast";
import { useAsync } from "../ui/useAsync";
import "./list.css";

type Kind = Schemas["LinkIn"]["kind"];

const WHAT: Record<Kind, string> = {
  design: "its newest saved version: the graph, its blocks and what it costs; signed in, one can open a copy. Drafts stay yours.",
  run: "its progress, curves and results; no log and no files.",
  demo: "it, and can ask its model, so often a minute; no test data.",
};
const DAYS: [string, string][] = [["", "until I revoke it"], ["1", "for a day"], ["7", "for a week"], ["30", "for 30 days"]];

export function ShareButton({ kind, id, name, small = false }: { kind: Kind; id: string; name: string; small?: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className={`btn quiet icon ${small ? "small" : ""}`} aria-label={`Share ${name}`} title="Share by link" onClick={() => setOpen(true)}><Icon name="link" /></button>
      {open && <ShareDialog kind={kind} id={id} name={name} onClose={() => setOpen(false)} />}
    </>
  );
}

function ShareDialog({ kind, id, name, onClose }: { kind: Kind; id: string; name: string; onClose: () => void }) {
  const list = useAsync((signal) => api.get<Schemas["LinkList"]>(`/api/links/${kind}/${id}`, { signal }), [kind, id]);
  const [days, setDays] = useState("");
  const [made, setMade] = useState("");
  const [busy, setBusy] = useState(false);
  const act = async (call: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await call();
      list.reload();
    } catch (error) {
      toast({ kind: "bad", title: "That did not work", text: messageOf(error) });
    } finally {
      setBusy(false);
    }
  };
  const create = (): Promise<void> => act(async () => setMade((await api.post<Schemas["LinkCreated"]>("/api/links", { kind, id, days: days ? Number(days) : null })).url));
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(made);
      toast({ kind: "ok", title: "Copied" });
    } catch {
      toast({ kind: "warn", title: "This browser does not let pages copy", text: "Select the address and copy it by hand." });
    }
  };
  return (
    <Dialog title={`Share ${name}`} onClose={onClose}>
      <div className="stack">
        <p>Whoever has a link can look at {WHAT[kind]} Nothing can be changed by it.</p>
        {list.data?.local && <p className="note warn">This Blockyard answers on this machine only, and so do its links.</p>}
        <div className="row wrap">
          <select className="select share-days" aria-label="How long the link works" value={days} onChange={(event) => setDays(event.target.value)}>
            {DAYS.map(([value, word]) => <option key={value} value={value}>It works {word}</option>)}
          </select>
          <button type="button" className="btn primary" disabled={busy} onClick={() => void create()}><Icon name="link" /> Make a link</button>
        </div>
        {made && (
          <div className="stack" role="status">
            <p className="copyable"><code>{made}</code></p>
            <p className="row"><button type="button" className="btn small" onClick={() => void copy()}><Icon name="copy" /> Copy</button><span className="muted">It is shown this once; only its hash is kept.</span></p>
          </div>
        )}
        {list.fault && <p className="note bad">{list.fault}</p>}
        {list.data && list.data.items.length > 0 && (
          <ul className="share-links" aria-label="Links">
            {list.data.items.map((link) => (
              <li key={link.id}>
                <span><code>{link.hint}…</code> <span className="muted">made {ago(link.created)}, {link.seen ? `opened ${ago(link.seen)}` : "not opened yet"}{link.expires ? `, ends ${new Date(link.expires).toLocaleDateString()}` : ""}</span></span>
                <button type="button" className="btn small danger" aria-label={`Revoke ${link.hint}`} disabled={busy} onClick={() => void act(() => api.delete(`/api/links/${link.id}`))}>Revoke</button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}
