/** What a profile found: each backend and batch, how both scale, every node, and under which conditions. */
import { useState } from "react";
import { bytes, duration, full, ms, NONE, short, significant } from "../../shared/format";
import { BACKENDS, keyOf, type ProfileDocument } from "../../shared/profile/document";
import type { RunDetail } from "../../shared/types";
import { isActive } from "../../shared/run/StateBadge";
import { Icon } from "../../shared/ui/icons";
import { NodeTable } from "./NodeTable";
import { Scaling } from "./Scaling";
import "./profile.css";

const HOW = {
  median: "Half of the forwards took at most this long.",
  p95: "95 % of the forwards took at most this long.",
  iqr: "The width of the middle half: how far the forwards were apart.",
  rate: "The batch over the median.",
  memory: "The most memory that the process held beyond what it held before: activations and workspace; in onnxruntime its own copy of the weights as well.",
  repeats: "Forwards that count, after those of the warm-up.",
};

export function Profile({ run }: { run: RunDetail }) {
  const found = run.result as unknown as ProfileDocument | null;
  if (!found) return <Waiting run={run} />;
  return (
    <>
      {found.machine.busy && (
        <p className="note warn">
          <Icon name="alert" size={18} />
          <span><strong>The machine was busy.</strong> Other programs used {significant(Math.max(found.machine.others_before, found.machine.others_during), 2)} of its {found.machine.cores} cores meanwhile: alone, the network would have been quicker.</span>
        </p>
      )}
      {found.notes.map((note) => <p key={note} className="note warn">{note.replace(/^./, (letter) => letter.toUpperCase())}</p>)}
      <Totals found={found} />
      <Measurements run={run} found={found} />
      {new Set(found.latency_ms.map((one) => one.batch)).size > 1 && <Scaling found={found} />}
      <Nodes run={run} found={found} />
      <Conditions run={run} found={found} />
    </>
  );
}

function Waiting({ run }: { run: RunDetail }) {
  if (!isActive(run.state)) return null;
  const { batches, backends } = run.recipe as { batches?: number[]; backends?: (keyof typeof BACKENDS)[] };
  return (
    <div className="card empty">
      <strong>{run.state === "queued" ? "Waiting until nothing else runs on the machine" : "Measuring"}</strong>
      <span>Batch {batches?.map(full).join(", ")} in {backends?.map((one) => BACKENDS[one]).join(" and ")}; the figures appear here when all is measured.</span>
    </div>
  );
}

function Totals({ found: { total, uncounted } }: { found: ProfileDocument }) {
  return (
    <dl className="facts run-facts card">
      <div title={`${full(total.params)} parameters`}><dt>Parameters</dt><dd>{short(total.params)}</dd></div>
      <div title={`${full(total.macs)} multiply-adds for one sample${uncounted.length ? `; not counted: ${[...new Set(uncounted.map(({ op }) => op))].join(", ")}` : ""}`}><dt>MACs</dt><dd>{short(total.macs)}<span className="unit">per sample</span></dd></div>
      <div title="Parameters and buffers as stored, in float32"><dt>Weights</dt><dd>{bytes(total.weight_bytes)}</dd></div>
      <div title="The most that one inference must hold at once, counted, not measured"><dt>Peak activations</dt><dd>{bytes(total.peak_activation_bytes)}<span className="unit">per sample</span></dd></div>
    </dl>
  );
}

function Measurements({ run, found }: { run: RunDetail; found: ProfileDocument }) {
  const fastest = Math.max(...found.latency_ms.map((one) => one.samples_per_s));
  return (
    <section className="card" aria-labelledby="latency">
      <header className="wrap">
        <h2 id="latency">Latency and throughput</h2>
        <div className="row wrap">
          <a className="btn" href={`/api/runs/${run.id}/artifacts/latency.csv`} download><Icon name="download" /> CSV</a>
          <a className="btn" href={`/api/runs/${run.id}/artifacts/profile.json`} download><Icon name="download" /> JSON</a>
        </div>
      </header>
      <div className="scroll-x">
        <table className="table profile-table">
          <thead>
            <tr>
              <th>Backend</th>
              <th className="right">Batch</th>
              <th className="right" title={HOW.median}>Median</th>
              <th className="right" title={HOW.p95}>95 % below</th>
              <th className="right wide-only" title={HOW.iqr}>Spread</th>
              <th title={HOW.rate}>Throughput</th>
              <th className="right wide-only" title={HOW.memory}>Memory</th>
              <th className="right wide-only" title={HOW.repeats}>Repeats</th>
            </tr>
          </thead>
          <tbody>
            {found.latency_ms.map((one) => (
              <tr key={keyOf(one)}>
                <td title={`on ${one.device}, ${one.threads} ${one.threads === 1 ? "thread" : "threads"}`}>{BACKENDS[one.backend]}</td>
                <td className="right num">{full(one.batch)}</td>
                <td className="right num"><b>{ms(one.p50_ms)}</b></td>
                <td className="right num">{ms(one.p95_ms)}</td>
                <td className="right num wide-only">{ms(one.iqr_ms)}</td>
                <td>
                  <div className="node-bar num" title={`${full(one.samples_per_s)} samples each second`}>
                    <span className="node-fill" style={{ width: `${fastest ? (100 * one.samples_per_s) / fastest : 0}%` }} aria-hidden="true" />
                    <b>{short(one.samples_per_s)}<span className="unit">/s</span></b>
                  </div>
                </td>
                <td className="right num wide-only">{bytes(one.peak_bytes)}</td>
                <td className="right num muted wide-only">{full(one.runs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Nodes({ run, found }: { run: RunDetail; found: ProfileDocument }) {
  const [key, setKey] = useState(() => (found.node_ms[0] ? keyOf(found.node_ms[0]) : ""));
  const measured = found.node_ms.find((one) => keyOf(one) === key);
  if (!measured) return null;
  return (
    <NodeTable found={found} measured={measured} download={`/api/runs/${run.id}/artifacts/nodes.csv`}>
      <select className="select" aria-label="Measurement" value={key} onChange={(event) => setKey(event.target.value)}>
        {found.node_ms.map((one) => <option key={keyOf(one)} value={keyOf(one)}>{BACKENDS[one.backend]}, batch {full(one.batch)}</option>)}
      </select>
    </NodeTable>
  );
}

function Conditions({ run, found }: { run: RunDetail; found: ProfileDocument }) {
  const { machine } = found;
  const { repeats, seconds } = run.recipe as { repeats?: number; seconds?: number };
  const rows: [string, string][] = [
    ["Weights", run.weights ? `of ${run.weights.name}` : "fresh; they do not change the time"],
    ["PyTorch on", run.device || found.device],
    ["onnxruntime on", "cpu"],
    ["Threads", full(found.threads)],
    ["Processor", `${machine.processor}, ${machine.cores} ${machine.cores === 1 ? "core" : "cores"}`],
    ["System", machine.system],
    ["Versions", Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`).join(", ")],
    ["Each measurement", `${found.latency_ms[0] ? `${full(found.latency_ms[0].warmup)} to warm up, then ` : ""}at most ${full(repeats)} forwards or ${duration(seconds)}`],
    ["Cores others used", `${significant(machine.others_before, 2)} before, ${significant(machine.others_during, 2)} at most meanwhile`],
    ["Load before", machine.load_before === null ? NONE : significant(machine.load_before, 2)],
    ["Measured", `${new Date(found.measured).toLocaleString()}, in ${duration(found.seconds)}`],
  ];
  return (
    <section className="card" aria-labelledby="conditions">
      <header><h2 id="conditions">Conditions</h2></header>
      <dl className="body profile-conditions">
        {rows.map(([name, text]) => <div key={name}><dt>{name}</dt><dd>{text}</dd></div>)}
      </dl>
    </section>
  );
}
