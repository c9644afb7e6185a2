import { FIGURES, type FigureId, explain, uncountedAt } from "../model/figures";
import { exact, shape } from "../model/format";
import type { NodeReport } from "../model/report";
import { percent } from "../model/cost";
import { MEASURES, type Measure, batchOf, machineOf, measuredAt } from "../model/profile";
import { isStale } from "../state/profiling";
import { useEditor } from "../state/store";

/** What the server computed of one node. */
export function Figures({ figures, path }: { figures: NodeReport | undefined; path: string }) {
  const uncounted = useEditor((state) => uncountedAt(state.report, path).join(", "));
  if (!figures) return null;
  const outputs = Object.entries(figures.outputs ?? {});
  return (
    <section aria-label="Figures">
      <h3>Figures</h3>
      <dl className="ed-figures-list">
        {outputs.map(([name, tensor]) => (
          <div key={name}>
            <dt>{outputs.length > 1 ? `Output ${name}` : "Output"}</dt>
            <dd className="mono">{tensor.shape ? shape(tensor.shape) : "unknown"} {tensor.dtype && <span className="unit">{tensor.dtype}</span>}</dd>
          </div>
        ))}
        <Figure id="params" value={figures.params} shown={exact} />
        {figures.trainable_params !== undefined && figures.trainable_params !== figures.params && <Row name="Trainable" value={exact(figures.trainable_params)} how="Parameters that training changes." />}
        {!!figures.active_params && figures.active_params !== figures.params && <Row name="Active" value={exact(figures.active_params)} how="Parameters that one position uses: of experts, the picked ones." />}
        <Figure id="macs" value={figures.macs} uncounted={uncounted ? [uncounted] : []} />
        {!!figures.weight_bytes && <Figure id="weight_bytes" value={figures.weight_bytes} />}
        {!!figures.activation_bytes && <Figure id="activation_bytes" value={figures.activation_bytes} />}
        <MeasuredRows path={path} />
        {figures.receptive_field && <Row name="Receptive field" value={Array.isArray(figures.receptive_field) ? figures.receptive_field.join(" × ") : figures.receptive_field} how="How many input positions one output position sees." />}
        <div>
          <dt>Path</dt>
          <dd className="mono ellipsis" title={path}>{path}</dd>
        </div>
      </dl>
    </section>
  );
}

function Figure({ id, value, uncounted, shown }: { id: FigureId; value: number | undefined; uncounted?: string[]; shown?: (value: number) => string }) {
  const { name, unit, show } = FIGURES[id];
  if (value === undefined) return null;
  return <Row name={name} value={(shown ?? show)(value)} {...(unit ? { unit } : {})} how={explain(id, value, uncounted)} />;
}

/** What was measured of the node, beside what was counted. */
function MeasuredRows({ path }: { path: string }) {
  const found = useEditor((state) => state.profiling.found);
  const stale = useEditor(isStale);
  if (!found || stale) return null;
  return (Object.keys(MEASURES) as Measure[]).map((id) => {
    const one = measuredAt(found.profile, path, id);
    const { name, show, how } = MEASURES[id];
    return one && <Row key={id} name={`${name}, measured`} value={show(one.value)} unit={percent(one.share)} how={`For ${batchOf(found.profile)} on ${machineOf(found.profile)}. ${how}`} />;
  });
}

function Row({ name, value, unit, how }: { name: string; value: string; unit?: string; how: string }) {
  return (
    <div title={how}>
      <dt>{name}</dt>
      <dd className="num">{value} {unit && <span className="unit">{unit}</span>}</dd>
    </div>
  );
}
