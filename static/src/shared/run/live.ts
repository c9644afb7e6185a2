/** All that a run page shows, as one value that events change. Pure. */
import { sentence } from "../format";
import { extend, fromServer, type Curves } from "../series/series";
import { merge } from "./merge";
import type { FeedEvent } from "../socket/sequence";
import type { MetricsOut, RunDetail, RunResult } from "../types";

export interface LogLine {
  t: number;
  level: string;
  text: string;
}

export interface Checkpoint {
  step: number;
  epoch: number;
  best: boolean;
  metric: number | null;
}

export interface Live {
  run: RunDetail;
  curves: Curves;
  log: readonly LogLine[];
  checkpoint: Checkpoint | null;
  best: Checkpoint | null;
  sample: { text: string; step: number | null } | null;
  seq: number;
  /** Grows whenever files may have appeared. */
  files: number;
}

const MOST_LINES = 2000;

export function begin(run: RunDetail): Live {
  return { run, curves: {}, log: [], checkpoint: null, best: null, sample: null, seq: 0, files: 0 };
}

/** Start from the server's snapshot. Its curves hold all points already; its events tell only the story around them. */
export function snapshot(run: RunDetail, given: MetricsOut): Live {
  const live = story(begin(run), given.events as FeedEvent[]);
  const curves = given.reset ? fromServer(given.series) : extend({}, given.events as FeedEvent[]);
  // The row is read apart from the events: it may know more than they do, or have been read before the last of them.
  const since = (given.events as FeedEvent[]).filter(({ seq }) => Number(seq) > run.last_seq);
  return { ...live, run: withResult(merge(run, since), since), curves, seq: given.seq };
}

export function apply(live: Live, events: readonly FeedEvent[], seq: number): Live {
  const next = story(live, events);
  return { ...next, run: withResult(merge(next.run, events), events), curves: extend(live.curves, events), seq };
}

function withResult(run: RunDetail, events: readonly FeedEvent[]): RunDetail {
  let next = run;
  for (const event of events) {
    if (event.type === "result") next = { ...next, result: event as unknown as RunResult };
    if (event.type === "latency") next = { ...next, latency: event as unknown as RunDetail["latency"] };
    if (event.type === "start" && typeof event.threads === "number") next = { ...next, threads: event.threads };
    if (event.type === "state" && typeof event.attempt === "number") next = { ...next, attempt: event.attempt, ahead: null };
  }
  return next;
}

const KIND: Record<RunDetail["kind"], string> = { train: "Training", check: "The check", import: "The import", profile: "The profile" };

function story(live: Live, events: readonly FeedEvent[]): Live {
  const lines: LogLine[] = [];
  const next = { ...live };
  const say = (event: FeedEvent, level: string, said: string): void => {
    const text = sentence(said);
    // What a start says in its notes the engine often logs, too.
    if ([...live.log.slice(-4), ...lines.slice(-4)].some((line) => line.text === text && level === "info")) return;
    lines.push({ t: Number(event.t ?? 0), level, text });
  };
  for (const event of events) {
    switch (event.type) {
      case "log":
        say(event, String(event.level ?? "info"), String(event.message ?? ""));
        break;
      case "start": {
        const notes = Array.isArray(event.notes) ? event.notes.map(String) : [];
        say(event, "info", `${KIND[live.run.kind]} starts on ${String(event.device ?? "this machine")}${typeof event.threads === "number" ? `, ${event.threads} ${event.threads === 1 ? "thread" : "threads"}` : ""}.`);
        for (const note of notes) say(event, "info", note);
        break;
      }
      case "state":
        if (event.reason) say(event, "warning", String(event.reason));
        else if (event.state === "running" && Number(event.attempt) > 1) say(event, "info", `Taken up again, attempt ${String(event.attempt)}.`);
        break;
      case "rewind":
        say(event, "info", `Goes on from its checkpoint at step ${String(event.step)}.`);
        break;
      case "checkpoint": {
        const point: Checkpoint = { step: Number(event.step), epoch: Number(event.epoch), best: Boolean(event.best), metric: typeof event.metric === "number" ? event.metric : null };
        next.checkpoint = point;
        if (point.best) next.best = point;
        next.files += 1;
        break;
      }
      case "sample":
        next.sample = { text: String(event.text ?? ""), step: typeof event.step === "number" ? event.step : null };
        break;
      case "error":
        say(event, "error", [event.message, event.remedy].map((text) => sentence(String(text ?? ""))).filter(Boolean).join(" "));
        break;
      case "result":
        next.files += 1;
        break;
      case "end":
        say(event, event.state === "failed" ? "error" : "info", `${KIND[live.run.kind]} ${event.state === "done" ? "is done" : event.state === "failed" ? "failed" : "was cancelled"}.`);
        next.files += 1;
        break;
    }
  }
  if (lines.length) next.log = [...live.log, ...lines].slice(-MOST_LINES);
  return next;
}

/** Which chart a series belongs to: `train/loss` and `test/loss` share one. Those in `always` are there without points, too. */
export function groups(curves: Curves, always: readonly string[] = []): { name: string; series: { name: string; split: string }[] }[] {
  const order = ["accuracy", "loss", "bits_per_byte", "perplexity", "r2", "rmse", "mae", "samples_per_s", "lr", "latency_ms"];
  const found = new Map<string, { name: string; split: string }[]>(always.map((name) => [name, []]));
  for (const name of Object.keys(curves)) {
    const [split, bare] = /^(train|test|valid)\//.test(name) ? (name.split(/\/(.*)/, 2) as [string, string]) : ["", name];
    found.set(bare, [...(found.get(bare) ?? []), { name, split }]);
  }
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...found]
    .map(([name, series]) => ({ name, series: series.sort((a, b) => splitRank(a.split) - splitRank(b.split)) }))
    .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}

const splitRank = (split: string): number => ["train", "valid", "test"].indexOf(split);
