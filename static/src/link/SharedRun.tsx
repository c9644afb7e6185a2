/** A run as somebody with a link sees it: progress, curves and results, looked at again while it goes on. */
import { useEffect, useState } from "react";
import { Progress, TrainingFacts } from "../run/RunPage";
import { api } from "../shared/api/client";
import { begin } from "../shared/run/live";
import { isActive } from "../shared/run/StateBadge";
import { fromServer } from "../shared/series/series";
import type { RunDetail, SeriesOut } from "../shared/types";

type Shown = Pick<RunDetail, "name" | "state" | "desired" | "task" | "progress" | "metrics" | "best_accuracy" | "latency" | "device" | "started" | "finished" | "seconds" | "result">;

export interface SharedRunData extends Shown {
  design: string;
  dataset: string;
  series: Record<string, SeriesOut>;
}

const LOOK_MS = 5000;

export function SharedRun({ first, token }: { first: SharedRunData; token: string }) {
  const [data, setData] = useState(first);
  const active = isActive(data.state);
  useEffect(() => {
    if (!active) return;
    const look = (): void => void api.get<SharedRunData>(`/api/shared/${token}`).then(setData, () => undefined);
    const timer = setInterval(() => document.visibilityState === "visible" && look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [active, token]);
  // The page of one's own run has more; what it shows of this one is all that these parts read.
  const run = { ...data, kind: "train", weights: null, threads: null, ahead: null, design: null, dataset: data.dataset ? { id: "", name: data.dataset, url: null } : null } as unknown as RunDetail;
  const live = { ...begin(run), curves: fromServer(data.series) };
  return (
    <div className="run">
      <header className="run-head">
        <div>
          <p className="eyebrow">{data.design}</p>
          <h1>{data.name}</h1>
        </div>
      </header>
      <Progress live={live} line="open" />
      <TrainingFacts run={run} live={live} loaded />
    </div>
  );
}
