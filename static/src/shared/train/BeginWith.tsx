/** What a training begins with: fresh weights, or those of a run that fit the design, or most of whose do. */
import { useEffect, useId } from "react";
import { api } from "../api/client";
import { percent } from "../format";
import type { Schemas } from "../types";
import { useAsync } from "../ui/useAsync";
import { named, rowsOf, type Begin, type WeightsRow } from "./begin";

export interface BeginWithProps {
  /** The design as /api/runs takes it. */
  body: { design_id?: string; version?: number; design?: object };
  dataset: string | null;
  value: Begin;
  onChange: (next: Begin) => void;
  /** The weights of the run that is repeated. */
  same?: Schemas["WeightsRef"] | null;
  /** Why nothing can be asked now. */
  blocked: boolean;
  disabled: boolean;
}

export function BeginWith({ body, dataset, value, onChange, same = null, blocked, disabled }: BeginWithProps) {
  const id = useId();
  const found = useAsync(
    (signal) => (dataset && !blocked ? api.post<{ items: WeightsRow[] }>("/api/runs/weights", { ...body, dataset }, { signal }) : Promise.resolve({ items: [] })),
    [body.design, body.design_id, body.version, dataset, blocked],
    300,
  );
  const { data, busy } = found;
  const rows = data?.items ?? [];
  const chosen = typeof value === "object" && value ? rows.find((row) => row.run === value.run) : undefined;
  useEffect(() => {
    // The design or the data were changed: what no longer fits is not chosen any more, and what fits otherwise is asked for so.
    if (busy || !data || typeof value !== "object" || !value) return;
    if (!chosen) onChange(null);
    else if (chosen.fits !== value.strict) onChange({ ...value, strict: chosen.fits });
  }, [busy, data, chosen, value]);
  const parts = rowsOf(rows);
  return (
    <div className="field">
      <label htmlFor={id}>Begin with</label>
      <select id={id} className="select" value={named(value)} disabled={disabled} onChange={(event) => onChange(pick(event.target.value, rows))}>
        <option value="">Fresh weights</option>
        {same && <option value="same">{`As before: ${same.name}, ${same.checkpoint} checkpoint`}</option>}
        {typeof value === "object" && value && !chosen && <option value={named(value)}>…</option>}
        {parts.map((part) => (
          <optgroup key={part.title} label={part.title}>
            {part.rows.flatMap((row) => row.checkpoints.map((checkpoint) => (
              <option key={`${row.run} ${checkpoint}`} value={`${row.run} ${checkpoint}`}>{labelOf(row, checkpoint)}</option>
            )))}
          </optgroup>
        ))}
      </select>
      {found.fault && <span className="hint">{found.fault}</span>}
      {chosen && (
        <span className="hint">
          {chosen.fits
            ? `All ${chosen.tensors.toLocaleString("en-US")} tensors fit. `
            : `${chosen.fitting.toLocaleString("en-US")} of ${chosen.tensors.toLocaleString("en-US")} tensors fit; fresh: ${chosen.fresh.slice(0, 3).join(", ")}${chosen.tensors - chosen.fitting > 3 ? " and more" : ""}. `}
          <a href={`/runs/${chosen.run}`}>look at the run</a>
        </span>
      )}
    </div>
  );
}

function labelOf(row: WeightsRow, checkpoint: string): string {
  const which = row.kind === "import" ? "" : `, ${checkpoint} checkpoint`;
  const part = row.fits ? "" : `, ${row.fitting} of ${row.tensors} tensors`;
  const figure = row.best_accuracy === null ? "" : `, ${percent(row.best_accuracy)}`;
  return `${row.name}${row.own ? `, v${row.version}` : ""}${which}${figure}${part}`;
}

function pick(text: string, rows: readonly WeightsRow[]): Begin {
  if (text === "") return null;
  if (text === "same") return "same";
  const [run, checkpoint] = text.split(" ") as [string, "best" | "last"];
  return { run, checkpoint, strict: rows.find((row) => row.run === run)?.fits ?? true };
}
