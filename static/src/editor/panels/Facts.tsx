import { useEffect, useId, useState } from "react";
import { DatasetSelect } from "../bars/DatasetSelect";
import { value as show } from "../model/format";
import type { Json } from "../model/types";
import { TypedInput } from "../inspector/ParamField";
import { usePhone } from "../parts/useMedia";
import { api } from "@shared/api/client";
import type { DatasetDetail } from "@shared/types";
import { editor, useEditor } from "../state/store";

const FREE = { kind: "json" as const, integer: false, options: [], nullable: false };

/** What the design knows of its data: from the chosen data set, else its own assumptions, which can be changed. */
export function Facts() {
  const own = useEditor((state) => state.history.design.facts);
  const dataset = useEditor((state) => state.dataset);
  const [given, setGiven] = useState<DatasetDetail["facts"] | null>(null);
  const id = useId();
  const phone = usePhone();
  useEffect(() => {
    setGiven(null);
    if (!dataset) return;
    const stop = new AbortController();
    api.get<DatasetDetail>(`/api/datasets/${dataset}`, { signal: stop.signal }).then((row) => setGiven(row.facts), () => {});
    return () => stop.abort();
  }, [dataset]);
  const rows = Object.entries(own ?? {}).flatMap(([field, names]) => Object.entries(names).map(([name, value]) => ({ field, name, value })));
  const followed = Object.entries(given ?? {}).flatMap(([field, names]) =>
    Object.entries(names ?? {}).filter(([, value]) => typeof value !== "object").map(([name, value]) => ({ field, name, value: value as Json })),
  );
  return (
    <section aria-label="Facts of the data">
      <h3>Facts of the data</h3>
      {phone && <DatasetSelect />}
      {followed.length > 0 && (
        <dl className="ed-figures-list">
          {followed.map(({ field, name, value }) => (
            <div key={`${field}.${name}`}><dt className="mono">{field}.{name}</dt><dd className="num">{show(value)}</dd></div>
          ))}
        </dl>
      )}
      {dataset ? (
        <p className="muted">From the data set. The design's own assumptions hold where the data says nothing.</p>
      ) : (
        <p className="muted">No data set chosen: these assumptions hold. Parameters use them as <code>=facts.label.classes</code>.</p>
      )}
      {rows.filter(({ field, name }) => !followed.some((one) => one.field === field && one.name === name)).map(({ field, name, value }) => (
        <div key={`${field}.${name}`} className="ed-fact">
          <label className="mono" htmlFor={`${id}-${field}-${name}`}>{field}.{name}</label>
          <div className="field">
            <TypedInput
              id={`${id}-${field}-${name}`}
              shape={FREE}
              value={value}
              placeholder="value"
              onChange={(next) => editor.getState().perform({ type: "setFact", args: { field, name, value: next } }, { key: `fact:${field}.${name}` })}
            />
          </div>
        </div>
      ))}
    </section>
  );
}
