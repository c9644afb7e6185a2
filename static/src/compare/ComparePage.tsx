/** Runs side by side: accuracy against cost, the table of figures, curves, and what differs between two. */
import { useState } from "react";
import { metricLabel } from "../shared/format";
import { Dialog } from "../shared/ui/Dialog";
import { Icon } from "../shared/ui/icons";
import { type Group, groups } from "./figures";
import { Differences } from "./Differences";
import { Overlay } from "./Overlay";
import { Picker } from "./Picker";
import { RunTable } from "./RunTable";
import { Scatter } from "./Scatter";
import { useRuns } from "./useRuns";

export function ComparePage({ limit }: { limit: number }) {
  const { ids, runs, missing, fault, choose } = useRuns();
  const [picking, setPicking] = useState(false);
  const [key, setKey] = useState("");
  const remove = (id: string): void => choose(ids.filter((item) => item !== id));
  const found = groups(runs ?? []);
  const group = found.find((item) => item.key === key) ?? found[0];
  return (
    <div className="compare">
      <div className="page-head">
        <div>
          <h1>Compare</h1>
          <p>Trainings side by side: how well each does against what it costs, and what was different. The address keeps your choice.</p>
        </div>
        {ids.length > 0 && <button type="button" className="btn primary" onClick={() => setPicking(true)}><Icon name="plus" /> Choose runs</button>}
      </div>
      {fault && <p className="note bad" role="alert">{fault}</p>}
      {missing.length > 0 && (
        <p className="note warn">
          <span>{missing.length === 1 ? "One run of this address is" : `${missing.length} runs of this address are`} gone, or no training of yours.</span>
          <button type="button" className="btn small" onClick={() => choose(ids.filter((id) => !missing.includes(id)))}>Leave out</button>
        </p>
      )}
      {ids.length === 0 ? (
        <section className="card pad" aria-label="Choose runs">
          <h2>Which runs?</h2>
          <p className="muted picker-hint">Tick two or more. They need not be done: what still trains is shown as it goes on.</p>
          <Picker first={ids} limit={limit} choose={choose} />
        </section>
      ) : runs === null ? (
        !fault && <div className="card skeleton compare-wait" aria-busy="true" />
      ) : runs.length > 0 ? (
        <>
          {found.length > 1 && group && <Groups all={found} chosen={group} choose={setKey} />}
          {group && <Scatter group={group} />}
          <RunTable runs={runs} remove={remove} />
          <Overlay runs={runs} />
          {runs.length > 1 ? <Differences runs={runs} /> : <p className="muted">Choose a second run to see what differs in design and recipe.</p>}
        </>
      ) : null}
      {picking && (
        <Picker first={ids} limit={limit} choose={(next) => { choose(next); setPicking(false); }}>
          {(list, button) => <Dialog title="Choose runs" wide onClose={() => setPicking(false)} footer={button}>{list}</Dialog>}
        </Picker>
      )}
    </div>
  );
}

/** Accuracies on two data sets cannot be held against each other, so one asks for one at a time. */
function Groups({ all, chosen, choose }: { all: readonly Group[]; chosen: Group; choose: (key: string) => void }) {
  return (
    <div className="note info compare-groups">
      <span>These runs differ in data or in measure, so the chart and the front show those that can be held against each other:</span>
      <div className="segments" role="group" aria-label="Data and measure">
        {all.map((group) => (
          <button key={group.key} type="button" aria-pressed={group.key === chosen.key} onClick={() => choose(group.key)}>
            {group.data}, {metricLabel(group.measure).label.toLowerCase()} ({group.runs.length})
          </button>
        ))}
      </div>
    </div>
  );
}
