/** One metric of all runs in one chart: over steps, epochs or time; each can be hidden. */
import { useMemo, useState } from "react";
import { api } from "../shared/api/client";
import { Chart, type ChartSeries } from "../shared/chart/Chart";
import { duration, full, metricLabel, significant } from "../shared/format";
import { groups as metricGroups } from "../shared/run/live";
import { type Curve, emptyCurve, fromServer } from "../shared/series/series";
import type { ComparedRun, Schemas } from "../shared/types";
import { useAsync } from "../shared/ui/useAsync";
import { type Over, scaled, stepsPerEpoch, timed } from "./axis";
import { lookOf } from "./look";

const AXES: Record<Over, { word: string; how: string; format: (value: number) => string }> = {
  step: { word: "Steps", how: "One step is one batch", format: full },
  epoch: { word: "Epochs", how: "Passes over the training data", format: (value) => significant(value) },
  time: { word: "Time", how: "Time of training, evaluations left out, from the throughput that was measured", format: (value) => (value ? duration(value) : "0") },
};
const SPLITS: Record<string, string> = { train: "train", valid: "validation", test: "test" };

/** All curves there are, in the order of the run page's charts, test before train. */
function metricsOf(runs: readonly ComparedRun[]): { name: string; label: string }[] {
  const empty = Object.fromEntries(runs.flatMap((run) => run.series.map((name) => [name, emptyCurve()])));
  return metricGroups(empty).flatMap(({ series }) => [...series].reverse().map(({ name, split }) => ({ name, label: [metricLabel(name).label, SPLITS[split]].filter(Boolean).join(", ") })));
}

function along(run: ComparedRun, over: Over, curves: Record<string, Curve>, name: string): Curve | null {
  const curve = curves[name];
  if (!curve || over === "step") return curve ?? null;
  if (over === "time") return curves.samples_per_s && typeof run.recipe.batch_size === "number" ? timed(curve, curves.samples_per_s, run.recipe.batch_size) : null;
  const size = stepsPerEpoch(run.progress);
  return size ? scaled(curve, size) : null;
}

export function Overlay({ runs }: { runs: readonly ComparedRun[] }) {
  const metrics = metricsOf(runs);
  const [chosen, setChosen] = useState("");
  const [over, setOver] = useState<Over>("epoch");
  const [smoothing, setSmoothing] = useState(0);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const name = metrics.find((item) => item.name === chosen)?.name ?? metrics[0]?.name ?? "";
  const ids = runs.map((run) => run.id).join(",");
  // Grows while something trains; what has ended is not asked for again.
  const version = runs.reduce((sum, run) => sum + run.last_seq, 0);
  const answer = useAsync((signal) => (name ? api.get<Schemas["ComparedCurves"]>("/api/runs/curves", { query: { runs: ids, series: name }, signal }) : Promise.resolve({ items: [] })), [ids, name, version]);
  const drawn = useMemo(() => {
    const curves = new Map(answer.data?.items.map((item) => [item.run, fromServer(item.series)]));
    return runs.flatMap((run, at) => {
      const curve = along(run, over, curves.get(run.id) ?? {}, name);
      return curve?.steps.length ? [{ run, series: { label: run.name, curve, ...lookOf(at), dots: /^(test|valid)\//.test(name) } satisfies ChartSeries }] : [];
    });
  }, [answer.data, runs, over, name]);
  const series = useMemo(() => drawn.filter(({ run }) => !hidden.has(run.id)).map((item) => item.series), [drawn, hidden]);
  if (!metrics.length) return null;
  const { label, unit, format, tick } = metricLabel(name);
  const flip = (id: string): void => setHidden((old) => new Set(old.has(id) ? [...old].filter((item) => item !== id) : [...old, id]));
  return (
    <section className="card" aria-labelledby="curves">
      <header className="wrap">
        <h2 id="curves">Curves</h2>
        <div className="row wrap chart-tools">
          <label className="row muted">Metric <select className="select" value={name} onChange={(event) => setChosen(event.target.value)}>{metrics.map((item) => <option key={item.name} value={item.name}>{item.label}</option>)}</select></label>
          <div className="segments" role="group" aria-label="Over">
            {(Object.keys(AXES) as Over[]).map((key) => <button key={key} type="button" aria-pressed={key === over} title={AXES[key].how} onClick={() => setOver(key)}>{AXES[key].word}</button>)}
          </div>
          <label className="row muted">Smoothing <input type="range" min={0} max={0.95} step={0.05} value={smoothing} onChange={(event) => setSmoothing(Number(event.target.value))} /></label>
        </div>
      </header>
      <div className="body stack" aria-busy={answer.busy && !answer.data}>
        {answer.fault && <p className="note bad" role="alert">{answer.fault}</p>}
        <Chart title={label} unit={unit} series={series} format={format} tick={tick} height={320} smoothing={smoothing} x={AXES[over]} keys={false} how={AXES[over].how} empty={answer.data ? "no values" : "loading"} />
        <ul className="overlay-keys" aria-label="Curves shown">
          {drawn.map(({ run, series: { color, dash, curve } }) => (
            <li key={run.id}>
              <button type="button" aria-pressed={!hidden.has(run.id)} title={hidden.has(run.id) ? "Show" : "Hide"} onClick={() => flip(run.id)}>
                <svg width="22" height="8" aria-hidden="true"><line x1="0" x2="22" y1="4" y2="4" stroke={`var(${color})`} strokeWidth="2.5" strokeDasharray={dash?.map((size) => size / 2).join(" ")} /></svg>
                <span className="ellipsis">{run.name}</span> <b className="num">{format(curve.values.at(-1))}</b>
              </button>
            </li>
          ))}
        </ul>
        {answer.data && drawn.length < runs.length && <p className="muted">{runs.length - drawn.length} {runs.length - drawn.length === 1 ? "run has" : "runs have"} no such curve{over === "step" ? "" : `, or nothing to tell its ${over} by`}.</p>}
      </div>
    </section>
  );
}
