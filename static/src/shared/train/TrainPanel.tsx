/**
 * The train panel: data with a look at samples, the recipe, what it will take, and the button.
 * The editor mounts it on its design; the run page mounts it to repeat a run with changes.
 */
import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from "react";
import { api, messageOf } from "../api/client";
import { Samples } from "../data/Samples";
import { bytes, duration, full, sentence, short } from "../format";
import { useAsync } from "../ui/useAsync";
import { Icon } from "../ui/icons";
import type { DatasetRow, Estimate, Json, Listing, Recipe, RecipeForm, RunCreated, Sample, Schemas } from "../types";
import { BeginWith } from "./BeginWith";
import { fieldOf, type Begin } from "./begin";
import { presetOf } from "./recipe";
import { RecipeFields } from "./RecipeFields";
import "./train.css";

const FIRST_PRESET = "quick";

export interface TrainPanelProps {
  /** The document as it stands in the editor; null trains what is stored. Keep its identity while it does not change. */
  design: object | null;
  /** The stored design, or null when it has not been stored yet; then `save` is asked for one before the start. */
  designId: string | null;
  /** A stored version to train instead of `design`. */
  version?: number | null;
  /** Store the design first and give its id; needed only where `designId` may be null. */
  save?: () => Promise<string>;
  /** A run has been created. */
  onStarted: (run: RunCreated) => void;
  /** Id of the chosen data set, where the parent wants to know (the editor binds facts to it). */
  dataset?: string | null;
  /** The data set chosen at first, where the parent does not hold the choice. */
  initialDataset?: string;
  onDataset?: (id: string) => void;
  /** The task the design is for: data sets that suit it come first. */
  task?: string | null;
  /** A recipe to begin with, for example of the run that is repeated. */
  recipe?: Recipe;
  /** The weights that the run began with that is repeated. */
  weights?: Schemas["WeightsRef"] | null;
  /** Why it cannot be trained now (the design has errors), shown in place of the estimate. */
  blocked?: string | null;
  /** Instead of POST /api/runs. */
  start?: (choice: { dataset: string; recipe: Recipe; weights?: object | null }) => Promise<RunCreated>;
  action?: string;
}

export function TrainPanel(props: TrainPanelProps) {
  const { design, designId, version = null, task = null, blocked = null } = props;
  const datasets = useAsync((signal) => api.get<Listing<DatasetRow>>("/api/datasets", { query: { limit: 200 }, signal }), []);
  const [own, setOwn] = useState<string | null>(props.dataset ?? props.initialDataset ?? null);
  const [recipe, setRecipe] = useState<Recipe | null>(props.recipe ?? null);
  const [begin, setBegin] = useState<Begin>(props.weights ? "same" : null);
  const [starting, setStarting] = useState(false);
  const [fault, setFault] = useState("");

  const dataset = props.dataset ?? own;
  const form = useAsync((signal) => api.get<RecipeForm>("/api/recipes", { query: dataset ? { dataset } : {}, signal }), [dataset]);
  // The form that `recipe` was last chosen from, so that a preset stays that preset when other data fit it differently.
  const chosenFrom = useRef<RecipeForm | null>(null);
  const choose = (id: string): void => {
    setOwn(id);
    props.onDataset?.(id);
  };
  const rows = useMemo(() => (datasets.data?.items ?? []).filter((row) => row.state === "ready" || row.state === "download"), [datasets.data]);
  useEffect(() => {
    // The first data set that suits the task, so that a beginner can press the button at once.
    if (!dataset && rows.length) choose((rows.find((row) => row.state === "ready" && (!task || row.task === task)) ?? rows[0]!).id);
  }, [rows, dataset]);
  useEffect(() => {
    if (!form.data || form.data === chosenFrom.current) return;
    const name = recipe ? chosenFrom.current && presetOf(recipe, chosenFrom.current) : FIRST_PRESET;
    chosenFrom.current = form.data;
    const preset = name ? (form.data.presets[name] ?? Object.values(form.data.presets)[0]) : undefined;
    if (preset) setRecipe({ ...preset.recipe });
  }, [form.data, recipe]);

  const body = { ...(designId ? { design_id: designId } : {}), ...(version !== null ? { version } : {}), ...(design && version === null ? { design } : {}) };
  const estimate = useAsync<Estimate | null>(
    (signal) => (dataset && recipe && !blocked ? api.post<Estimate>("/api/runs/estimate", { ...body, dataset, recipe }, { signal }) : Promise.resolve(null)),
    [design, designId, version, dataset, recipe, blocked],
    700,
  );

  const go = async (): Promise<void> => {
    if (!dataset || !recipe) return;
    setStarting(true);
    setFault("");
    try {
      if (props.start) {
        props.onStarted(await props.start({ dataset, recipe, ...fieldOf(begin) }));
        return;
      }
      const id = designId ?? (await props.save?.());
      if (!id) throw new Error("The design has not been stored yet.");
      props.onStarted(await api.post<RunCreated>("/api/runs", { ...body, design_id: id, dataset, recipe: recipe as Record<string, Json>, ...fieldOf(begin) }));
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setStarting(false);
    }
  };

  const broken = datasets.fault || form.fault;
  if (broken) return <Problem text={broken} retry={() => (datasets.reload(), form.reload())} />;
  if (!form.data || !recipe || !datasets.data) return <div className="train-panel" aria-busy="true">{[1, 2, 3, 4].map((n) => <div key={n} className="skeleton" style={{ height: 44 }} />)}</div>;
  const over = estimate.data ? !estimate.data.fits : false;
  return (
    <form
      className="train-panel"
      onSubmit={(event) => {
        event.preventDefault();
        void go();
      }}
    >
      <DatasetField rows={rows} dataset={dataset} task={task} onChange={choose} />
      <BeginWith body={body} dataset={dataset} value={begin} onChange={setBegin} same={props.weights ?? null} blocked={Boolean(blocked)} disabled={starting} />
      <RecipeFields form={form.data} recipe={recipe} onChange={setRecipe} disabled={starting} />
      <div className="train-foot">
        {blocked ? (
          <p className="note warn" role="status"><Icon name="alert" /> {blocked}</p>
        ) : (
          <EstimateView estimate={estimate.data} busy={estimate.busy} fault={estimate.fault} recipe={recipe} />
        )}
        {fault && <p className="note bad" role="alert"><Icon name="alert" /> {fault}</p>}
        <button type="submit" className="btn primary train-go" disabled={starting || !dataset || Boolean(blocked) || over}>
          {starting ? <span className="spinner" /> : <Icon name="play" />} {props.action ?? "Start training"}
        </button>
      </div>
    </form>
  );
}

function Problem({ text, retry }: { text: string; retry: () => void }) {
  return (
    <div className="train-panel">
      <p className="note bad" role="alert">{text}</p>
      <button type="button" className="btn" onClick={retry}>Try again</button>
    </div>
  );
}

const readyFirst = (a: DatasetRow, b: DatasetRow): number => Number(a.state === "download") - Number(b.state === "download");

function DatasetField({ rows, dataset, task, onChange }: { rows: DatasetRow[]; dataset: string | null; task: string | null; onChange: (id: string) => void }) {
  const id = useId();
  const row = rows.find((item) => item.id === dataset);
  const suits = (item: DatasetRow): boolean => !task || !item.task || item.task === task;
  const option = (item: DatasetRow): ReactNode => (
    <option key={item.id} value={item.id}>{`${item.name}${item.train_size ? ` (${short(item.train_size)} samples)` : ""}`}</option>
  );
  const others = rows.filter((item) => !suits(item));
  return (
    <div className="field">
      <label htmlFor={id}>Data set</label>
      <select id={id} className="select" autoFocus value={dataset ?? ""} onChange={(event) => onChange(event.target.value)}>
        {!row && <option value="">choose…</option>}
        {rows.filter(suits).sort(readyFirst).map(option)}
        {others.length > 0 && <optgroup label="For other tasks">{others.map(option)}</optgroup>}
      </select>
      {row && (
        <span className="hint">
          {[row.train_size !== null && `${full(row.train_size)} to train on`, row.test_size !== null && `${full(row.test_size)} to test with`, row.classes && `${row.classes} classes`].filter(Boolean).join(", ")}
          {" · "}
          <a href={row.url}>look at it</a> · <a href="/datasets/">add your own</a>
        </span>
      )}
      {row?.state === "download" ? <span className="hint">{row.reason}</span> : row && <Look key={row.id} id={row.id} />}
    </div>
  );
}

function Look({ id }: { id: string }) {
  const samples = useAsync((signal) => api.get<{ items: Sample[] }>(`/api/datasets/${id}/preview`, { query: { split: "train", n: 8 }, signal }), [id]);
  if (samples.fault) return <span className="hint">{samples.fault}</span>;
  if (!samples.data) return <div className="skeleton" style={{ height: 48 }} />;
  return <div className="train-look"><Samples items={samples.data.items} size={36} most={samples.data.items[0]?.image ? 8 : 3} /></div>;
}

function EstimateView({ estimate, busy, fault, recipe }: { estimate: Estimate | null; busy: boolean; fault: string; recipe: Recipe }) {
  if (fault) return <p className="note warn" role="status">{fault}</p>;
  if (!estimate) return <p className="muted train-estimate" role="status">{busy ? <><span className="spinner" /> Measuring a few steps…</> : "Choose a data set to see what training takes."}</p>;
  const share = estimate.limit_bytes ? estimate.memory_bytes / estimate.limit_bytes : 0;
  const epochs = typeof recipe.epochs === "number" ? recipe.epochs : null;
  const total = estimate.seconds ?? (typeof estimate.seconds_per_epoch === "number" && epochs ? estimate.seconds_per_epoch * epochs : null);
  return (
    <div className={`train-estimate ${busy ? "busy" : ""}`} role="status">
      <dl className="facts">
        <div>
          <dt>Time</dt>
          <dd>{total === null ? "–" : `about ${duration(total)}`}</dd>
        </div>
        <div>
          <dt>Per epoch</dt>
          <dd title="Measured over a few training steps on this machine">{duration(estimate.seconds_per_epoch)}</dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd title="Estimated for the whole training process">{bytes(estimate.memory_bytes)}<span className="unit">of {bytes(estimate.limit_bytes)}</span></dd>
        </div>
        {typeof estimate.samples_per_s === "number" && (
          <div>
            <dt>Throughput</dt>
            <dd>{short(estimate.samples_per_s)}<span className="unit">samples/s</span></dd>
          </div>
        )}
      </dl>
      <div className={`meter ${share > 1 ? "over" : ""}`} aria-hidden="true"><span style={{ width: `${Math.min(100, share * 100)}%` }} /></div>
      {!estimate.fits && <p className="note bad" role="alert">This needs {bytes(estimate.memory_bytes)}; the limit is {bytes(estimate.limit_bytes)}. Take a smaller batch or a narrower design.</p>}
      {estimate.notes.map((note) => <p key={note} className="hint">{sentence(note)}</p>)}
    </div>
  );
}
