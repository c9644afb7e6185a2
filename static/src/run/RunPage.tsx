/** One run: live curves and progress, what can be done with it, its files, and its result at the end. */
import { Suspense, lazy, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../shared/api/client";
import { Chart, type ChartSeries } from "../shared/chart/Chart";
import { ago, bytes, duration, full, metricLabel, ms, NONE, percent, sentence, short } from "../shared/format";
import { EditableName, Labels } from "../shared/list/Labels";
import { groups, type Live } from "../shared/run/live";
import { Log } from "../shared/run/Log";
import { headline, share, spent, words } from "../shared/run/progress";
import { isActive, StateBadge, stateWord } from "../shared/run/StateBadge";
import { useRun } from "../shared/run/useRun";
import { emptyCurve, latest } from "../shared/series/series";
import { summary } from "../shared/train/recipe";
import { isOfRun, useTour } from "../shared/tour/progress";
import type { Artifact, RunDetail } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { toast } from "../shared/ui/toast";
import { useAsync } from "../shared/ui/useAsync";
import { Actions } from "./Actions";
import { Confusion } from "./parts/Confusion";
import { PerClass } from "./parts/PerClass";

const SPLIT: Record<string, { label: string; color: string }> = {
  train: { label: "train", color: "--series-1" },
  test: { label: "test", color: "--series-2" },
  valid: { label: "validation", color: "--series-3" },
};

const Profile = lazy(() => import("./profile/Profile").then(({ Profile: part }) => ({ default: part })));
const RunTour = lazy(() => import("./tour/RunTour"));

export function RunPage({ first }: { first: RunDetail }) {
  const { live, line, loaded, fault, refresh } = useRun(first);
  const { run } = live;
  useTitle(run);
  useAnnouncement(run, loaded);
  const touring = useTour((tour) => tour.shown && isOfRun(tour.at) && tour.run === location.pathname);
  return (
    <div className="run">
      <header className="run-head">
        <div>
          <p className="eyebrow">
            <a href="/runs/">Runs</a>
            {run.design && (
              <>
                {" / "}
                {run.design.url ? <a href={run.design.url}>{run.design.name}</a> : <span title="In the trash">{run.design.name}</span>} v{run.design.version}
              </>
            )}
          </p>
          <EditableName name={run.name} path={`/api/runs/${run.id}`} onChange={refresh}><h1>{run.name}</h1></EditableName>
          <Labels row={run} name={run.name} path={`/api/runs/${run.id}`} list="/runs/" onChange={refresh} />
        </div>
        <Actions run={run} onChanged={refresh} />
      </header>
      {(run.kind === "train" || run.kind === "profile") && <Progress live={live} line={line} />}
      {fault && <p className="note warn" role="alert">{fault} Trying again…</p>}
      {run.error && (
        <div className="note bad" role="alert">
          <Icon name="alert" size={18} />
          <div>
            <strong>{sentence(run.error.message)}</strong>
            {run.error.remedy && <p>{sentence(run.error.remedy)}</p>}
          </div>
        </div>
      )}
      <Body run={run} live={live} loaded={loaded} />
      {live.sample && <SampleText sample={live.sample} />}
      <div className="run-columns">
        <section className="card" aria-labelledby="log">
          <header>
            <h2 id="log">Log</h2>
          </header>
          <Log lines={live.log} />
        </section>
        <div className="stack">
          <Files run={run} changed={live.files} />
          {run.kind === "train" && <RecipeCard run={run} />}
        </div>
      </div>
      {touring && <Suspense><RunTour run={run} /></Suspense>}
    </div>
  );
}

function Body({ run, live, loaded }: { run: RunDetail; live: Live; loaded: boolean }) {
  if (run.kind === "import") return <ImportFacts run={run} />;
  if (run.kind === "profile") return <Suspense fallback={<div className="card skeleton run-wait" />}><Profile run={run} /></Suspense>;
  return <TrainingFacts run={run} live={live} loaded={loaded} />;
}

export function TrainingFacts({ run, live, loaded }: { run: RunDetail; live: Live; loaded: boolean }) {
  return (
    <>
      <Facts run={run} live={live} />
      <Charts live={live} loaded={loaded} />
      {run.result && <Result run={run} />}
    </>
  );
}

/** What an import left, and what can be done with it. */
function ImportFacts({ run }: { run: RunDetail }) {
  const { file, tensors, numbers } = run.result ?? {};
  return (
    <>
      <dl className="facts run-facts card">
        <Fact name="File">{file ?? NONE}</Fact>
        <Fact name="Weights" how="Numbers that the file holds for the design, and in how many tensors">
          {numbers === undefined ? NONE : full(numbers)}
          {tensors !== undefined && <span className="unit">in {full(tensors)} {tensors === 1 ? "tensor" : "tensors"}</span>}
        </Fact>
        <Fact name="Imported" how={run.finished ? new Date(run.finished).toLocaleString() : ""}>{ago(run.finished)}</Fact>
      </dl>
      {run.design?.url && (
        <p>
          <a href={run.design.url}>Open the design</a> and choose these weights: under <em>Train</em> to begin with them, under <em>Sample</em> to send a sample through at them.
        </p>
      )}
    </>
  );
}

function useTitle(run: RunDetail): void {
  const done = share(run.progress);
  const head =
    run.state === "running" ? `${done === null ? "" : `${Math.floor(done * 100)} % `}${run.desired === "cancel" ? "cancelling" : run.kind === "profile" ? "measuring" : "training"}` : stateWord(run).toLowerCase();
  const mark = { done: "✓ ", failed: "✗ ", running: "● ", queued: "", lost: "", cancelled: "" }[run.state];
  useEffect(() => {
    document.title = `${mark}${head} · ${run.name} · Blockyard`;
  }, [mark, head, run.name]);
}

/** Say it once when the run comes to its end while somebody has the page open. */
function useAnnouncement(run: RunDetail, loaded: boolean): void {
  const before = useRef<string | null>(null);
  useEffect(() => {
    if (!loaded) return;
    const old = before.current;
    before.current = run.state;
    if (old === null || old === run.state || isActive(run.state)) return;
    if (run.state === "done") {
      const figure = headline(run);
      toast({ kind: "ok", title: `${run.name} is done`, text: figure ? `${figure.label}: ${figure.text}` : "", seconds: 12 });
    } else if (run.state === "failed") {
      toast({ kind: "bad", title: `${run.name} failed`, text: [run.error?.message, run.error?.remedy].map((text) => sentence(text ?? "")).filter(Boolean).join(" ") || "The log says more." });
    } else if (run.state === "cancelled") {
      toast({ title: `${run.name} is cancelled`, text: run.kind === "profile" ? "Resume measures it from the start." : run.resumable ? "It can go on from its last checkpoint." : "" });
    }
  }, [run, loaded]);
}

export function Progress({ live, line }: { live: Live; line: string }) {
  const { run } = live;
  const done = run.state === "done" ? 1 : share(run.progress);
  const waiting = run.state === "queued" ? (run.ahead ? `${full(run.ahead)} ${run.ahead === 1 ? "run is" : "runs are"} before this one` : "waiting for a worker") : "";
  return (
    <div className="run-progress">
      <StateBadge run={run} />
      <div
        className={`progress grow ${run.state === "running" && done === null ? "idle" : ""} ${run.state}`}
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((done ?? 0) * 100)}
        aria-valuetext={words(run.progress)}
      >
        <span style={{ transform: `scaleX(${done ?? (run.state === "running" ? 1 : 0)})` }} />
      </div>
      <span className="num muted">{waiting || words(run.progress, !isActive(run.state)) || (run.state === "running" ? "starting" : "")}</span>
      {isActive(run.state) && line === "waiting" && (
        <span className="badge warn" role="status">
          <span className="spinner" /> reconnecting
        </span>
      )}
    </div>
  );
}

function Facts({ run, live }: { run: RunDetail; live: Live }) {
  const figure = headline(run);
  const rate = latest(live.curves.samples_per_s)?.value ?? run.result?.samples_per_s ?? null;
  const now = useNow(isActive(run.state) && run.started !== null);
  return (
    <dl className="facts run-facts card">
      <Fact name={figure?.label ?? "Best test accuracy"} how={figure && !figure.label.startsWith("Best") ? "On test data after the last epoch" : "The best figure on test data so far"}>{figure?.text ?? NONE}</Fact>
      <Fact name="Test loss" how="On test data after the last epoch">{metricLabel("loss").format(run.metrics["test/loss"])}</Fact>
      <Fact name="Throughput" how="Training samples per second over the last steps">
        {short(rate)}
        {rate !== null && <span className="unit">samples/s</span>}
      </Fact>
      <Fact name="Latency" how={run.latency ? `Median of one forward pass, batch ${run.latency.batch}, ${run.latency.backend}; 95 % take at most ${ms(run.latency.p95_ms)}` : "Measured at the start"}>
        {ms(run.latency?.p50_ms)}
        {run.latency && <span className="unit">batch {run.latency.batch}</span>}
      </Fact>
      <Fact name="Duration" how={run.started ? `Started ${new Date(run.started).toLocaleString()}` : "Not started"}>{duration(spent(run, now))}</Fact>
      {run.dataset && (
        <Fact name="Data">
          {run.dataset.url ? <a href={run.dataset.url}>{run.dataset.name}</a> : <span>{run.dataset.name}</span>}
        </Fact>
      )}
      {run.weights && (
        <Fact name="Began with" how={run.weights.strict ? "Every tensor was taken from there" : "What did not fit began fresh; the log names it"}>
          {run.weights.url ? <a href={run.weights.url}>{run.weights.name}</a> : run.weights.name}
          <span className="unit">{run.weights.checkpoint} weights{run.weights.strict ? "" : ", in part"}</span>
        </Fact>
      )}
      <Fact name="Device" how="Where it was trained, and with how many threads">
        {run.device || NONE}
        {run.threads && <span className="unit">{run.threads} {run.threads === 1 ? "thread" : "threads"}</span>}
      </Fact>
    </dl>
  );
}

function Fact({ name, how, children }: { name: string; how?: string; children: React.ReactNode }) {
  return (
    <div title={how}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

function Charts({ live, loaded }: { live: Live; loaded: boolean }) {
  const [smoothing, setSmoothing] = useState(0.6);
  const [log, setLog] = useState(false);
  const shown = useMemo(() => {
    // The charts one looks for stand there from the start, so that nothing jumps when the first point comes.
    const classifies = live.run.task.endsWith("classification");
    return groups(live.curves, [...(classifies ? ["accuracy"] : []), "loss", "samples_per_s", "lr"]);
  }, [live.curves, live.run.task]);
  const sets = useMemo(
    () =>
      shown.map(({ name, series }) => ({
        name,
        series: series.length
          ? series.map<ChartSeries>((item) => ({
              label: SPLIT[item.split]?.label ?? "now",
              color: SPLIT[item.split]?.color ?? "--series-1",
              curve: live.curves[item.name]!,
              dots: item.split === "test" || item.split === "valid",
            }))
          : [{ label: "train", color: "--series-1", curve: emptyCurve() }],
      })),
    [shown, live.curves],
  );
  return (
    <section className="run-charts-section" aria-label="Curves">
      <div className="spread chart-tools">
        <h2>Curves <span className="muted">over training steps</span></h2>
        <div className="row wrap">
          <label className="row muted" htmlFor="smoothing">Smoothing <input id="smoothing" type="range" min={0} max={0.95} step={0.05} value={smoothing} onChange={(event) => setSmoothing(Number(event.target.value))} /></label>
          <label className="row muted"><input type="checkbox" checked={log} onChange={(event) => setLog(event.target.checked)} /> Log scale for loss</label>
        </div>
      </div>
      <div className="run-charts" aria-busy={!loaded}>
        {sets.map(({ name, series }) => {
          const { label, unit, format, tick } = metricLabel(name);
          return (
            <div className="card pad" key={name}>
              <Chart
                title={label}
                series={series}
                format={format}
                tick={tick}
                unit={unit}
                smoothing={name === "lr" ? 0 : smoothing}
                log={name === "loss" && log}
                sync="run"
                {...(name === "accuracy" ? { range: [0, 1] as [number, number] } : {})}
                how={HOW[name] ?? ""}
                empty={isActive(live.run.state) ? "waiting for the first value" : "no values"}
              />
            </div>
          );
        })}
      </div>
    </section>
  );
}

const HOW: Record<string, string> = {
  accuracy: "Share of samples whose most probable class is right. Train: of the batches since the last report, augmented. Test: all test samples after an epoch.",
  loss: "The objective the optimizer lowers, mean per sample.",
  samples_per_s: "Training samples per second since the last report, evaluation left out.",
  lr: "The learning rate of the step.",
};

function Result({ run }: { run: RunDetail }) {
  const { per_class: perClass, confusion, ...rest } = run.result!.metrics;
  const names = perClass?.map((row) => row.name) ?? [];
  const figures = Object.entries(rest).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return (
    <section className="card" aria-labelledby="result">
      <header>
        <h2 id="result">Result on test data</h2>
        <span className="muted">the best checkpoint, all test samples once</span>
      </header>
      <div className="body stack">
        <dl className="facts">
          {figures.map(([name, value]) => (
            <Fact key={name} name={metricLabel(name).label}>{metricLabel(name).format(value)}</Fact>
          ))}
          {typeof run.result!.seconds === "number" && <Fact name="Training took">{duration(run.result!.seconds)}</Fact>}
        </dl>
        {(confusion || perClass) && <div className="result-grid">
          {confusion && confusion.length > 1 && (
            <div>
              <h3>Confusion matrix</h3>
              <Confusion matrix={confusion} names={names} />
            </div>
          )}
          {perClass && perClass.length > 0 && (
            <div>
              <h3>Accuracy per class</h3>
              <PerClass rows={perClass} />
            </div>
          )}
        </div>}
      </div>
    </section>
  );
}

function SampleText({ sample }: { sample: NonNullable<Live["sample"]> }) {
  return (
    <section className="card" aria-labelledby="sample">
      <header>
        <h2 id="sample">What it writes now</h2>
        {sample.step !== null && <span className="muted num">step {full(sample.step)}</span>}
      </header>
      <pre className="body sample-text">{sample.text}</pre>
    </section>
  );
}

const FILES: Record<string, string> = {
  "best.safetensors": "Weights of the best checkpoint",
  "last.safetensors": "Weights of the last checkpoint",
  "model.onnx": "ONNX, batch size open",
  "source.onnx": "The file that was imported, as it came",
  "design.json": "The design",
  "recipe.json": "How it was trained",
  "run.json": "Recipe, preprocessing, facts",
  "metrics.jsonl": "All metrics, one line each",
  "profile.json": "All that was measured",
  "latency.csv": "Latency, throughput and memory by backend and batch",
  "nodes.csv": "Every node in every measurement",
};

/** What differs of an import's. */
const IMPORTED: Record<string, string> = { "best.safetensors": "The weights", "run.json": "Facts, and preprocessing where it is known", "model.onnx": "Exported anew from the design" };

function Files({ run, changed }: { run: RunDetail; changed: number }) {
  const files = useAsync((signal) => api.get<{ items: Artifact[] }>(`/api/runs/${run.id}/artifacts`, { signal }), [run.id, changed, run.state], 400);
  const items = files.data?.items ?? [];
  return (
    <section className="card" aria-labelledby="files">
      <header>
        <h2 id="files">Files</h2>
      </header>
      {items.length === 0 ? (
        <p className="body muted">{files.fault || (run.kind === "profile" ? "What was measured appears here as JSON and CSV." : "The first checkpoint appears here.")}</p>
      ) : (
        <ul className="files">
          {items.map((item) => (
            <li key={item.name}>
              <a href={item.url} download>
                <Icon name="download" />
                <span className="grow">
                  <span>{item.name}</span>
                  <span className="hint">{[(run.kind === "import" && IMPORTED[item.name]) || FILES[item.name], item.step !== null && `step ${full(item.step)}`].filter(Boolean).join(", ")}</span>
                </span>
                <span className="num muted">{bytes(item.size)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function RecipeCard({ run }: { run: RunDetail }) {
  return (
    <section className="card" aria-labelledby="recipe">
      <header>
        <h2 id="recipe">Recipe</h2>
        <span className="muted">{ago(run.created)}</span>
      </header>
      <div className="body stack">
        <p>{summary(run.recipe)}</p>
        <details>
          <summary className="muted">The whole document</summary>
          <pre className="recipe-json">{JSON.stringify(run.recipe, null, 2)}</pre>
        </details>
        {run.best_accuracy !== null && <p className="visually-hidden">Best test accuracy {percent(run.best_accuracy)}</p>}
      </div>
    </section>
  );
}
