/** A design as somebody with a link sees it: its graph, what it is made of and what it costs. */
import { useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { ago, full, NONE, short } from "../shared/format";
import type { Json, Schemas } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { Picture } from "../shared/ui/Picture";
import { toast } from "../shared/ui/toast";

interface NodeRow {
  id: string;
  what: string;
  params: Record<string, Json>;
}

export interface SharedDesignData {
  name: string;
  version: number | null;
  params: number | null;
  macs: number | null;
  changed: string | null;
  svg: string;
  nodes: NodeRow[];
  groups: { name: string; nodes: NodeRow[] }[];
}

export function SharedDesign({ design, token, signedIn }: { design: SharedDesignData; token: string; signedIn: boolean }) {
  const [busy, setBusy] = useState(false);
  const copy = async (): Promise<void> => {
    setBusy(true);
    try {
      const made = await api.post<Schemas["Copied"]>("/api/links/copy", { token });
      location.assign(made.url);
    } catch (error) {
      toast({ kind: "bad", title: "Could not copy it", text: messageOf(error) });
      setBusy(false);
    }
  };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{design.name}</h1>
          <p>Version {design.version ?? NONE}, saved {ago(design.changed)}</p>
        </div>
        {signedIn ? (
          <button type="button" className="btn primary" disabled={busy} onClick={() => void copy()}>{busy ? <span className="spinner" /> : <Icon name="copy" />} Open as my own copy</button>
        ) : (
          <span className="muted">Signed in, one can open a copy of it.</span>
        )}
      </div>
      <dl className="facts card run-facts">
        <div title="Weights shared by several nodes counted once"><dt>Parameters</dt><dd title={full(design.params)}>{short(design.params)}</dd></div>
        <div title="Multiply-adds for one sample at the design's own input size"><dt>MACs</dt><dd title={full(design.macs)}>{short(design.macs)}</dd></div>
        <div><dt>Nodes</dt><dd>{full(design.nodes.length)}</dd></div>
      </dl>
      <section className="card section link-picture" aria-label="Graph"><Picture svg={design.svg} /></section>
      <Nodes title="Nodes" rows={design.nodes} />
      {design.groups.map((group) => <Nodes key={group.name} title={`Group ${group.name}`} rows={group.nodes} />)}
    </>
  );
}

function Nodes({ title, rows }: { title: string; rows: NodeRow[] }) {
  return (
    <section className="card section scroll-x link-nodes">
      <header><h2>{title}</h2></header>
      <table className="table">
        <thead><tr><th>Node</th><th>Block</th><th>Parameters</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>{row.id}</td>
              <td>{row.what}</td>
              <td><code>{Object.entries(row.params).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ") || NONE}</code></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
