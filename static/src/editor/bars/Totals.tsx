import { type LimitId, spent } from "../model/budget";
import { FIGURES, explain, uncountedAt } from "../model/figures";
import { capital } from "../model/format";
import { latencyOf } from "../model/latency";
import { spaceSize, spaceStory } from "../model/space";
import { editor, useEditor } from "../state/store";
import "./totals.css";

/** What the whole design costs and how much of its budget that is, always in sight. */
export function Totals() {
  const report = useEditor((state) => state.report);
  const measured = useEditor((state) => state.measured);
  const analysis = useEditor((state) => state.analysis);
  const any = useEditor((state) => state.history.design.nodes.length > 0);
  const total = report?.total;
  const uncounted = uncountedAt(report, "");
  const profiled = useEditor((state) => state.profiling.found);
  const latency = latencyOf(report, measured, profiled);
  const issues = report?.errors ?? [];
  const warnings = issues.filter((issue) => issue.severity === "warning").length;
  const errors = issues.length - warnings;
  const peak = report?.peak_at ? ` It is reached at ${report.peak_at}.` : "";
  return (
    <div className="ed-totals" role="group" aria-label="Totals" data-busy={analysis.kind === "busy" || undefined}>
      <Total id="params" value={total?.params} how={explain("params", total?.params)} />
      <Total id="macs" value={total?.macs} how={explain("macs", total?.macs, uncounted)} />
      <Total id="activation_bytes" test="activations" value={total?.activation_bytes} how={explain("activation_bytes", total?.activation_bytes)} />
      <Total id="peak_activation_bytes" test="peak" value={total?.peak_activation_bytes} how={explain("peak_activation_bytes", total?.peak_activation_bytes) + peak} />
      <Total id="latency_ms" test="latency" value={latency?.ms} how={latency?.how ?? "Not known yet: measured by a run of this design, else estimated."} kind={latency?.kind} />
      {report?.space && (
        <button type="button" className="ed-total" data-testid="total-space" title={spaceStory(report.space)} onClick={() => editor.getState().set({ panel: "design" })}>
          <span className="muted">Space</span> <strong className="num">{spaceSize(report.space)}</strong>
        </button>
      )}
      <span className="ed-gap" />
      {report?.notes.map((note) => <span key={note} className="ed-note" title={note}>{capital(note)}</span>)}
      {analysis.kind === "away" && <span className="badge warn" title={analysis.message}>{analysis.message}</span>}
      {errors > 0 && <span className="badge bad">{errors} fault{errors === 1 ? "" : "s"}</span>}
      {warnings > 0 && <span className="badge warn">{warnings} hint{warnings === 1 ? "" : "s"}</span>}
      {analysis.kind !== "away" && errors === 0 && total && any && <span className="badge ok" title={report.measured_ms === undefined ? "" : `Analysed in ${report.measured_ms} ms on the server`}>Fits together</span>}
    </div>
  );
}

interface TotalProps {
  id: LimitId | "activation_bytes";
  test?: string;
  value: number | undefined;
  how: string;
  kind?: "measured" | "estimated" | undefined;
}

/** One figure; red and with the excess where it is over its limit. A click opens the costs behind it. */
function Total({ id, test, value, how, kind }: TotalProps) {
  const limit = useEditor((state) => (id === "activation_bytes" ? null : (state.history.design.budget?.[id] ?? null)));
  const used = id === "activation_bytes" ? null : spent(id, value, { [id]: limit });
  const { name, unit, show } = FIGURES[id];
  return (
    <button
      type="button"
      className="ed-total"
      data-testid={`total-${test ?? id}`}
      data-over={used?.over || undefined}
      title={used ? `${capital(used.text)}.\n${how}` : how}
      onClick={() => editor.getState().set({ panel: "cost" })}
    >
      <span className="muted">{name}</span> <strong className="num">{value === undefined ? "–" : show(value)}</strong>{" "}
      {kind ? <span className="unit">{kind}</span> : unit && <span className="unit">{unit}</span>}
      {used && (
        <span className="ed-total-used">
          <span className="ed-total-meter" aria-hidden="true"><span style={{ width: `${Math.min(1, used.share) * 100}%` }} /></span>
          <span className={used.over ? "ed-total-over" : "visually-hidden"}>{used.text}</span>
        </span>
      )}
    </button>
  );
}
