import { bytes, count, exact } from "../model/format";
import { useEditor } from "../state/store";

/** What the whole design costs, always in sight. */
export function Totals() {
  const total = useEditor((state) => state.report?.total);
  const analysis = useEditor((state) => state.analysis);
  const errors = useEditor((state) => state.report?.errors.filter((issue) => issue.severity !== "warning").length ?? 0);
  const warnings = useEditor((state) => state.report?.errors.filter((issue) => issue.severity === "warning").length ?? 0);
  const uncounted = useEditor((state) => state.report?.uncounted);
  const notes = useEditor((state) => state.report?.notes);
  const ms = useEditor((state) => state.report?.measured_ms);
  const any = useEditor((state) => state.history.design.nodes.length > 0);
  const missing = uncounted?.length ? ` Not counted: ${[...new Set(uncounted.map((one) => one.op))].join(", ")}.` : " Everything was counted.";
  return (
    // It scrolls on narrow screens, so the keyboard must reach it.
    <div className="ed-totals" role="group" tabIndex={0} aria-label="Totals" data-busy={analysis.kind === "busy" || undefined}>
      <Figure id="params" name="Parameters" value={total ? count(total.params) : "–"} how={total ? `${exact(total.params)} parameters, ${exact(total.trainable_params)} of them trainable. Tied weights count once.` : ""} />
      <Figure id="macs" name="MACs" unit="per sample" value={total ? count(total.macs) : "–"} how={total ? `${exact(total.macs)} multiply-adds for one sample, counted from the operations of one forward; FLOPs are twice that.${missing}` : ""} />
      <Figure id="weights" name="Weights" value={total ? bytes(total.weight_bytes) : "–"} how={total ? `${exact(total.weight_bytes)} bytes: parameters and buffers in float32.` : ""} />
      <Figure id="activations" name="Activations" unit="per sample" value={total ? bytes(total.activation_bytes) : "–"} how={total ? `${exact(total.activation_bytes)} bytes: every tensor one forward makes for one sample; an upper bound of what training keeps.` : ""} />
      <span className="ed-gap" />
      {notes?.map((note) => <span key={note} className="ed-note" title={note}>{note.charAt(0).toUpperCase() + note.slice(1)}</span>)}
      {analysis.kind === "away" && <span className="badge warn" title={analysis.message}>{analysis.message}</span>}
      {errors > 0 && <span className="badge bad">{errors} fault{errors === 1 ? "" : "s"}</span>}
      {warnings > 0 && <span className="badge warn">{warnings} hint{warnings === 1 ? "" : "s"}</span>}
      {analysis.kind !== "away" && errors === 0 && total && any && <span className="badge ok" title={ms === undefined ? "" : `Analysed in ${ms} ms on the server`}>Fits together</span>}
    </div>
  );
}

function Figure({ id, name, value, unit, how }: { id: string; name: string; value: string; unit?: string; how: string }) {
  return (
    <span className="ed-total" title={how} data-testid={`total-${id}`}>
      <span className="muted">{name}</span> <strong className="num">{value}</strong> {unit && <span className="unit">{unit}</span>}
    </span>
  );
}
