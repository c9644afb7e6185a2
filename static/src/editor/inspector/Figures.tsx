import { bytes, count, exact, shape } from "../model/format";
import type { NodeReport } from "../model/report";

const HOW = {
  params: "Numbers the node holds and training changes; tied weights count once.",
  trainable: "Parameters that training changes.",
  macs: "Multiply-adds for one sample; one multiply-add is one MAC, FLOPs are twice that.",
  weights: "Parameters and buffers in bytes, as stored in float32.",
  activations: "New tensors one forward makes for one sample; an upper bound of what training keeps.",
  field: "How many input positions one output position sees.",
} as const;

/** What the server computed of one node. */
export function Figures({ figures, path }: { figures: NodeReport | undefined; path: string }) {
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
        {figures.params !== undefined && <Row name="Parameters" value={exact(figures.params)} how={HOW.params} />}
        {figures.trainable_params !== undefined && figures.trainable_params !== figures.params && <Row name="Trainable" value={exact(figures.trainable_params)} how={HOW.trainable} />}
        {figures.macs !== undefined && <Row name="MACs" value={`${count(figures.macs)}`} unit="per sample" how={`${HOW.macs} Exactly ${exact(figures.macs)}.`} />}
        {!!figures.weight_bytes && <Row name="Weights" value={bytes(figures.weight_bytes)} how={HOW.weights} />}
        {!!figures.activation_bytes && <Row name="Activations" value={bytes(figures.activation_bytes)} unit="per sample" how={HOW.activations} />}
        {figures.receptive_field && <Row name="Receptive field" value={Array.isArray(figures.receptive_field) ? figures.receptive_field.join(" × ") : figures.receptive_field} how={HOW.field} />}
        <div>
          <dt>Path</dt>
          <dd className="mono ellipsis" title={path}>{path}</dd>
        </div>
      </dl>
    </section>
  );
}

function Row({ name, value, unit, how }: { name: string; value: string; unit?: string; how: string }) {
  return (
    <div title={how}>
      <dt>{name}</dt>
      <dd className="num">{value} {unit && <span className="unit">{unit}</span>}</dd>
    </div>
  );
}
