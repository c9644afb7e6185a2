/** Choose runs: a search over all trainings, with a tick for each. */
import { useState, type ReactNode } from "react";
import { api } from "../shared/api/client";
import { ago, NONE } from "../shared/format";
import { headline } from "../shared/run/progress";
import { StateBadge } from "../shared/run/StateBadge";
import type { Listing, RunRow } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { useAsync } from "../shared/ui/useAsync";

const SHOWN = 50;

interface PickerProps {
  first: readonly string[];
  limit: number;
  choose: (ids: string[]) => void;
  /** Puts the list and its button where they belong. */
  children?: (list: ReactNode, button: ReactNode) => ReactNode;
}

/** What is ticked holds once the button is pressed. */
export function Picker({ first, limit, choose, children = (list, button) => <div className="stack">{list}<div>{button}</div></div> }: PickerProps) {
  const [ids, setIds] = useState(first);
  const button = (
    <button type="button" className="btn primary" disabled={!ids.length} onClick={() => choose([...ids])}>
      {ids.length ? `Compare ${ids.length} ${ids.length === 1 ? "run" : "runs"}` : "Compare"}
    </button>
  );
  return children(<Ticks ids={ids} limit={limit} choose={setIds} />, button);
}

function Ticks({ ids, limit, choose }: { ids: readonly string[]; limit: number; choose: (ids: string[]) => void }) {
  const [text, setText] = useState("");
  const found = useAsync((signal) => api.get<Listing<RunRow>>("/api/runs", { query: { kind: "train", q: text || null, limit: SHOWN }, signal }), [text], text ? 150 : 0);
  const rows = found.data?.items ?? [];
  const full = ids.length >= limit;
  const fresh = rows.filter((run) => !ids.includes(run.id)).map((run) => run.id).slice(0, limit - ids.length);
  return (
    <div className="stack">
      <div className="row wrap">
        <div className="search grow">
          <Icon name="search" />
          <input className="input" type="search" aria-label="Search runs" placeholder="Name, design or data" value={text} onChange={(event) => setText(event.target.value)} />
        </div>
        <button type="button" className="btn" disabled={!fresh.length} onClick={() => choose([...ids, ...fresh])}>Take all shown</button>
        <button type="button" className="btn quiet" disabled={!ids.length} onClick={() => choose([])}>Take none</button>
      </div>
      {full && <p className="note warn">{limit} runs are chosen, which is the most that are compared at once.</p>}
      {found.fault && <p className="note bad" role="alert">{found.fault}</p>}
      {found.data && !rows.length && (
        <div className="empty">
          <strong>{text ? "No training is called that" : "Nothing has been trained yet"}</strong>
          {text ? <span>Search for a part of its name, its design or its data.</span> : <a className="btn primary" href="/designs/new?zoo=lenet5">Open LeNet-5 and train it</a>}
        </div>
      )}
      <ul className="picker" aria-label="Trainings" aria-busy={found.busy}>
        {rows.map((run) => {
          const chosen = ids.includes(run.id);
          return (
            <li key={run.id}>
              <label>
                <input type="checkbox" checked={chosen} disabled={full && !chosen} onChange={() => choose(chosen ? ids.filter((id) => id !== run.id) : [...ids, run.id])} />
                <span className="grow">
                  <span className="picker-name">{run.name}</span>
                  <span className="hint">{[run.design && `${run.design.name} v${run.design.version}`, run.dataset?.name, ago(run.started ?? run.created)].filter(Boolean).join(" · ")}</span>
                </span>
                {run.state !== "done" && <StateBadge run={run} />}
                <span className="num picker-best">{headline(run)?.text ?? NONE}</span>
              </label>
            </li>
          );
        })}
      </ul>
      {found.data && found.data.count > rows.length && <p className="muted">{rows.length} of {found.data.count}; search to see others.</p>}
    </div>
  );
}
