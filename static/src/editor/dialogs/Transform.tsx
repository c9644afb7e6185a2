import "./transform.css";
import { useState } from "react";
import { SchemaForm, type SchemaFormProps } from "@shared/schema/SchemaForm";
import { Dialog } from "@shared/ui/Dialog";
import { useAsync } from "@shared/ui/useAsync";
import { replaceWith } from "../actions/files";
import { BeforeAfter } from "../compare/BeforeAfter";
import { capital } from "../model/format";
import { readDesign } from "../model/parse";
import type { Entry } from "../model/registry";
import type { Params } from "../model/types";
import * as server from "../state/server";
import { editor, useEditor } from "../state/store";

/** While somebody types, the site is not asked at every letter. */
const PAUSE_MS = 300;
const NONE: readonly Entry[] = [];

/** A transform of the registry, its form, and what it would do in figures; applied, it is one step that undo takes back. */
export function Transform({ onClose }: { onClose: () => void }) {
  const all = useEditor((state) => state.registry?.transforms) ?? NONE;
  const design = useEditor((state) => state.history.design);
  const dataset = useEditor((state) => state.dataset);
  const [{ id, params }, choose] = useState<{ id: string | undefined; params: Params }>({ id: all[0]?.id, params: {} });
  const entry = all.find((one) => one.id === id);
  const ask = (signal: AbortSignal) => (entry ? server.transform({ design, transform: entry.id, params, dataset }, signal) : Promise.resolve(null));
  const preview = useAsync(ask, [design, dataset, entry, params], PAUSE_MS);
  if (!entry) return null;
  const ready = preview.busy ? null : preview.data;
  const apply = (): void => {
    const parsed = ready && readDesign(ready.design);
    if (!parsed) return;
    onClose();
    if ("error" in parsed) return editor.getState().notify(parsed.error, "bad");
    replaceWith(parsed.design, entry.title.toLowerCase());
    editor.getState().notify(`${capital(entry.title)}: done. Undo brings back what was here.`, "good");
  };
  return (
    <Dialog
      title="Transform the design"
      onClose={onClose}
      footer={
        <>
          <button type="button" className="btn" onClick={onClose}>Cancel</button>
          <button type="button" className="btn primary" disabled={!ready} onClick={apply}>Apply</button>
        </>
      }
    >
      <div className="ed-transform">
        <fieldset>
          <legend>What to do</legend>
          {all.map((one) => (
            <label key={one.id}>
              <input type="radio" name="transform" checked={one.id === entry.id} onChange={() => choose({ id: one.id, params: {} })} />
              <span><b>{capital(one.title)}</b> <span className="muted">{one.help}</span></span>
            </label>
          ))}
        </fieldset>
        {entry.source && (
          <p className="muted">
            {entry.source.url ? <a href={entry.source.url} target="_blank" rel="noreferrer noopener">{entry.source.title}</a> : <cite>{entry.source.title}</cite>}. {entry.source.authors}, {entry.source.year}.
          </p>
        )}
        <SchemaForm schema={entry.schema as SchemaFormProps["schema"]} value={params} onChange={(next) => choose({ id, params: next })} />
        <section aria-label="What it changes" aria-live="polite" aria-busy={preview.busy}>
          <h3>What it changes</h3>
          {preview.fault ? <p className="note bad">{preview.fault}</p> : preview.data ? <BeforeAfter {...preview.data} /> : <p className="muted">Working it out …</p>}
        </section>
      </div>
    </Dialog>
  );
}
