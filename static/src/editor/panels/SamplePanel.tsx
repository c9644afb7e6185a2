import { useEffect, useId } from "react";
import { percent, plain } from "@shared/format";
import { useAsync } from "@shared/ui/useAsync";
import { capital } from "../model/format";
import { locate } from "../model/graph";
import { type SampleMark, type Sampled, toneOf } from "../model/sample";
import { Icon } from "../parts/Icon";
import { NO_SAMPLE, type SampleChoice } from "../state/sampling";
import * as server from "../state/server";
import { chooseDataset } from "../state/session";
import { editor, useEditor } from "../state/store";
import "./sample.css";

const choose = (patch: Partial<SampleChoice>): void => {
  const { sampling, set } = editor.getState();
  set({ sampling: { ...sampling, on: true, choice: { ...sampling.choice, ...patch } } });
};
const turn = (on: boolean): void => editor.getState().set({ sampling: { ...editor.getState().sampling, on } });

/** Picks a sample and the weights it goes through, shows what came of it, and leads to what is wrong. */
export function SamplePanel() {
  const sampling = useEditor((state) => state.sampling);
  const dataset = useEditor((state) => state.dataset);
  useEffect(() => {
    if (!editor.getState().sampling.found) turn(true);
  }, []);
  return (
    <div className="ed-panel-body stack">
      <DataSet />
      {dataset ? (
        <>
          <Which choice={sampling.choice} size={sampling.found?.sample.size} />
          <Weights choice={sampling.choice} />
          {!sampling.on && <button type="button" className="btn primary" onClick={() => turn(true)}>Send it through</button>}
          <p className="muted ed-sample-busy" role="status">{sampling.busy && sampling.progress && <><span className="spinner" /> {capital(sampling.progress)}</>}</p>
          {sampling.fault && <p className="note bad" role="alert">{sampling.fault}</p>}
          {sampling.on && sampling.found && <Found found={sampling.found} />}
        </>
      ) : (
        <p className="muted">Choose data, and one of its samples goes through the design: each wire shows what travels on it, each node what went wrong there.</p>
      )}
    </div>
  );
}

function DataSet() {
  const datasets = useEditor((state) => state.datasets);
  const dataset = useEditor((state) => state.dataset);
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Data</label>
      <select
        id={id}
        className="input"
        value={dataset ?? ""}
        onChange={(event) => {
          chooseDataset(event.target.value || null);
          choose({ index: 0 });
        }}
      >
        <option value="">None</option>
        {datasets.map((row) => <option key={row.id} value={row.id}>{row.name}</option>)}
      </select>
    </div>
  );
}

function Which({ choice, size }: { choice: SampleChoice; size: number | undefined }) {
  const last = size === undefined ? undefined : size - 1;
  const go = (index: number) => choose({ index: Math.max(0, last === undefined ? index : Math.min(last, index)) });
  return (
    <fieldset className="ed-sample-which">
      <legend className="visually-hidden">Which sample</legend>
      <div className="segments" role="group" aria-label="Part of the data">
        {(["train", "test"] as const).map((split) => (
          <button key={split} type="button" aria-pressed={choice.split === split} onClick={() => choose({ split, index: 0 })}>{split}</button>
        ))}
      </div>
      <div className="row">
        <button type="button" className="btn icon" aria-label="Previous sample" title="Previous sample" disabled={choice.index === 0} onClick={() => go(choice.index - 1)}><Icon name="back" /></button>
        <input
          className="input num"
          type="number"
          min={0}
          max={last}
          aria-label={last === undefined ? "Number of the sample" : `Number of the sample, 0 to ${last}`}
          title={last === undefined ? undefined : `0 to ${last.toLocaleString("en-US")}`}
          value={choice.index}
          onChange={(event) => event.target.value !== "" && go(Math.trunc(Number(event.target.value)) || 0)}
        />
        <button type="button" className="btn icon" aria-label="Next sample" title="Next sample" disabled={choice.index === last} onClick={() => go(choice.index + 1)}><Icon name="enter" /></button>
        <button type="button" className="btn icon" aria-label="Random sample" title="Random sample" disabled={!size} onClick={() => go(Math.floor(Math.random() * (size ?? 1)))}><Icon name="dice" /></button>
      </div>
    </fieldset>
  );
}

/** Runs that have written weights, as far as their state tells. */
const STARTED = new Set(["running", "lost", "done", "failed", "cancelled"]);

function Weights({ choice }: { choice: SampleChoice }) {
  const designId = useEditor((state) => state.designId);
  const kept = useEditor((state) => state.imported?.kept?.run);
  const runs = useAsync(() => (designId ? server.runs(designId) : Promise.resolve(null)), [designId, kept]);
  const rows = runs.data?.items.filter((run) => run.kind === "import" || (STARTED.has(run.state) && run.progress.step)) ?? [];
  const id = useId();
  const pick = (value: string) => {
    const [run, checkpoint] = value.split(" ");
    choose(run ? { run, checkpoint: checkpoint as SampleChoice["checkpoint"] } : { run: null, checkpoint: NO_SAMPLE.choice.checkpoint });
  };
  return (
    <div className="ed-sample-weights">
      <div className="field">
        <label htmlFor={id}>Weights</label>
        <select id={id} className="input" value={choice.run ? `${choice.run} ${choice.checkpoint}` : ""} onChange={(event) => pick(event.target.value)}>
          <option value="">Untrained</option>
          {rows.map((run) => (
            <optgroup key={run.id} label={run.design ? `${run.name}, v${run.design.version}` : run.name}>
              <option value={`${run.id} best`}>{run.kind === "import" ? "as imported" : "best checkpoint"}</option>
              {run.kind === "train" && <option value={`${run.id} last`}>last checkpoint</option>}
            </optgroup>
          ))}
        </select>
      </div>
      {!choice.run && (
        <div className="field">
          <label htmlFor={`${id}s`}>Seed</label>
          <input id={`${id}s`} className="input num" type="number" min={0} value={choice.seed} title="The random state of untrained weights: a training of this seed begins with them" onChange={(event) => choose({ seed: Math.max(0, Math.trunc(Number(event.target.value)) || 0) })} />
        </div>
      )}
    </div>
  );
}

function Found({ found }: { found: Sampled }) {
  const { sample, answer } = found;
  const wanted = sample.label ?? (sample.value == null ? null : plain(sample.value));
  const predictions = ((answer as { predictions?: { label: string; probability?: number; value?: number }[] } | null)?.predictions ?? []).slice(0, 3);
  return (
    <>
      <section className="ed-sample-shown" aria-label="The sample">
        {sample.image && <img src={sample.image} alt={wanted === null ? "The sample" : `The sample, labelled ${wanted}`} />}
        {sample.text != null && <blockquote className="ed-wire-words">{sample.text}</blockquote>}
        {sample.row && (
          <dl className="ed-figures-list">
            {Object.entries(sample.row).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{String(value ?? "–")}</dd></div>)}
          </dl>
        )}
        <div>
          {wanted !== null && <p>It is <strong>{wanted}</strong>.</p>}
          {predictions.length > 0 && (
            <p className="muted">
              {found.weights === "trained" ? "The network says " : "Untrained, the network says "}
              {predictions.map((one) => `${one.label} ${one.probability === undefined ? plain(one.value) : percent(one.probability, 0)}`).join(", ")}.
            </p>
          )}
        </div>
      </section>
      {found.field && <Field field={found.field} />}
      <Warnings marks={found.marks} />
      {found.notes.map((note) => <p key={note} className="muted">{capital(note)}.</p>)}
    </>
  );
}

/** What of the image the middle of the last map depends on. */
function Field({ field }: { field: NonNullable<Sampled["field"]> }) {
  const { path, picture, half, height, width } = field;
  const words = `Half of what the middle of ${path} depends on lies in a square of ${half} pixels of ${height} × ${width}`;
  return (
    <section aria-label="Effective receptive field">
      <h3>Effective receptive field</h3>
      <figure className="ed-sample-field" title="Magnitude of the gradients of that map's middle by each pixel, for this sample">
        <img src={picture} alt={words} />
        <figcaption className="muted">{words}.</figcaption>
      </figure>
    </section>
  );
}

function show(mark: SampleMark): void {
  const { design, goTo } = editor.getState();
  const place = locate(design(), mark.path);
  if (place) goTo(place.steps, [place.node]);
}

/** Where something begins first; what only came in along with it is counted. */
function Warnings({ marks }: { marks: readonly SampleMark[] }) {
  const origins = marks.filter((mark) => mark.origin);
  const rest = marks.length - origins.length;
  return (
    <section aria-label="What is remarkable">
      <h3>What is remarkable</h3>
      <ul className="ed-list">
        {origins.map((mark) => (
          <li key={mark.path}>
            <button type="button" className="ed-link ed-sample-mark" data-tone={toneOf(mark)} onClick={() => show(mark)}>
              <strong className="mono">{mark.path}</strong> {mark.message}
            </button>
          </li>
        ))}
      </ul>
      {!origins.length && <p className="muted">No NaN, nothing that explodes, few dead channels.</p>}
      {rest > 0 && <p className="muted">{rest} more node{rest === 1 ? "" : "s"} downstream.</p>}
    </section>
  );
}
