import { useId, useState } from "react";
import { LIMITS, type LimitId, readLimit, spent } from "../model/budget";
import { COSTS, type Cost as CostId, costOf, ranked } from "../model/cost";
import { FIGURES, explain } from "../model/figures";
import { latencyOf } from "../model/latency";
import { colourBy } from "../state/figures";
import { editor, useEditor } from "../state/store";
import { Measured } from "./Measured";
import { RankedList } from "./RankedList";
import "./cost.css";

/** What the design may cost, where its cost lies, and the same as colours on the canvas. */
export function Cost() {
  return (
    <div className="ed-panel-body stack">
      <Limits />
      <Ranking />
      <Measured />
    </div>
  );
}

function Limits() {
  const report = useEditor((state) => state.report);
  const measured = useEditor((state) => state.measured);
  const profiled = useEditor((state) => state.profiling.found);
  const latency = latencyOf(report, measured, profiled);
  const values: Record<LimitId, number | undefined> = {
    params: report?.total.params,
    macs: report?.total.macs,
    peak_activation_bytes: report?.total.peak_activation_bytes,
    latency_ms: latency?.ms,
  };
  return (
    <section aria-label="Budget">
      <h3>Budget</h3>
      {LIMITS.map((id) => <LimitField key={id} id={id} value={values[id]} how={id === "latency_ms" && latency ? latency.how : explain(id, values[id])} note={id === "latency_ms" ? latency?.kind : undefined} />)}
      <p className="muted">Limits are part of this design; going over one is shown, nothing is refused.</p>
    </section>
  );
}

const EXAMPLE: Record<LimitId, string> = { params: "11.7 M", macs: "1.8 G", peak_activation_bytes: "2 MiB", latency_ms: "5 ms" };

function LimitField({ id, value, how, note }: { id: LimitId; value: number | undefined; how: string; note?: string | undefined }) {
  const budget = useEditor((state) => state.history.design.budget);
  const [draft, setDraft] = useState<string | null>(null);
  const field = useId();
  const info = FIGURES[id];
  const limit = budget?.[id];
  const used = spent(id, value, budget);
  const wrong = draft !== null && readLimit(id, draft) === undefined;
  return (
    <div className="field ed-limit" data-over={used?.over || undefined}>
      <div className="ed-limit-head" title={how}>
        <label htmlFor={field}>{info.name}</label>
        <span className="num">{value === undefined ? "–" : info.show(value)}</span>
        {note && <span className="unit">{note}</span>}
      </div>
      <input
        id={field}
        className="input"
        value={draft ?? (limit ? info.show(limit) : "")}
        placeholder={`no limit; for example ${EXAMPLE[id]}`}
        aria-invalid={wrong}
        aria-describedby={`${field}-used`}
        autoComplete="off"
        onChange={(event) => {
          setDraft(event.target.value);
          const found = readLimit(id, event.target.value);
          if (found !== undefined) editor.getState().perform({ type: "setBudget", args: { set: { [id]: found } } }, { key: `budget:${id}` });
        }}
        onBlur={() => setDraft(null)}
      />
      <p id={`${field}-used`} className={wrong ? "fault" : used?.over ? "ed-limit-over" : "hint"}>
        {wrong ? `Write a limit such as ${EXAMPLE[id]}, or nothing.` : used?.text}
      </p>
    </div>
  );
}

function Ranking() {
  const report = useEditor((state) => state.report);
  const coloured = useEditor((state) => costOf(state.overlay));
  const [chosen, setChosen] = useState<CostId>("macs");
  const cost = coloured ?? chosen;
  const rows = ranked(report, cost);
  const choose = (next: CostId): void => {
    setChosen(next);
    if (coloured) colourBy(next);
  };
  return (
    <section aria-label="Costliest nodes">
      <h3>Costliest nodes</h3>
      <div className="segments" role="group" aria-label="Rank by">
        {COSTS.map((id) => (
          <button key={id} type="button" aria-pressed={id === cost} onClick={() => choose(id)} title={FIGURES[id].how}>{FIGURES[id].name}</button>
        ))}
      </div>
      <label className="ed-switch">
        <input type="checkbox" checked={coloured !== null} onChange={(event) => colourBy(event.target.checked ? cost : null)} />
        Colour the canvas by it
      </label>
      <RankedList rows={rows} show={FIGURES[cost].show} how={(value) => explain(cost, value)} />
      {!rows.length && <p className="muted">Nothing costs anything yet.</p>}
    </section>
  );
}
