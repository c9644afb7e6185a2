import { useEffect, useId, useState } from "react";
import { BACKENDS, keyOf } from "@shared/profile/document";
import { ms } from "../model/figures";
import { ago, count } from "../model/format";
import { MEASURES, type Measure, type Profile, batchOf, machineOf, measureOf, rankedByMeasure } from "../model/profile";
import { colourByMeasure, findProfiles, isStale, measureNodes, showMeasurement, stopMeasuring } from "../state/profiling";
import { editor, useEditor } from "../state/store";
import { RankedList } from "./RankedList";

const MOST_SAMPLES = 4096;
const LOOK_MS = 2000;

/** What every node takes on the server's machine: measured when asked for, ranked, and shown as colours. */
export function Measured() {
  const { since, fault, found, quick, under } = useEditor((state) => state.profiling);
  const designId = useEditor((state) => state.designId);
  useEffect(() => {
    void findProfiles();
  }, [designId]);
  useEffect(() => {
    if (!under) return;
    const timer = setInterval(() => void findProfiles(), LOOK_MS);
    return () => clearInterval(timer);
  }, [under]);
  const ready = useEditor((state) => !!state.report?.hash);
  return (
    <section aria-label="Measured">
      <h3>Measured</h3>
      <div className="ed-measure">
        <Batch />
        {since === null ? (
          <button type="button" className="btn" disabled={!ready} onClick={() => void measureNodes()}>{quick ? "Measure again" : "Measure nodes"}</button>
        ) : (
          <button type="button" className="btn" onClick={stopMeasuring}>Cancel</button>
        )}
      </div>
      <p className="muted" role="status">{since !== null && <><span className="spinner" /> Measuring <Seconds since={since} /></>}</p>
      {fault && <p className="note bad" role="alert">{fault}</p>}
      <button type="button" className="btn ed-profile" disabled={!ready} onClick={() => editor.getState().set({ dialog: "profile" })} title="A run that has the machine to itself: several batches, PyTorch and onnxruntime, median and spread">Profile…</button>
      {under && <p className="muted" role="status"><span className="spinner" /> <a href={under.url}>Profile</a>: {under.text}</p>}
      <Choice />
      {found ? <Found profile={found.profile} /> : since === null && !fault && <p className="muted">{ready ? "Time and memory of every node, on the server's machine; takes some seconds." : "A design is measured when it has no errors."}</p>}
    </section>
  );
}

function Batch() {
  const batch = useEditor((state) => state.profiling.batch);
  const id = useId();
  return (
    <>
      <label htmlFor={id}>Batch</label>
      <input
        id={id}
        className="input num"
        type="number"
        min={1}
        max={MOST_SAMPLES}
        value={batch}
        onChange={(event) => {
          const { profiling, set } = editor.getState();
          const given = Math.round(Number(event.target.value));
          if (given >= 1 && given <= MOST_SAMPLES) set({ profiling: { ...profiling, batch: given } });
        }}
      />
    </>
  );
}

/** Which measurement is shown: those of the newest profile, and the quick one. */
function Choice() {
  const { found, quick, kept } = useEditor((state) => state.profiling);
  const id = useId();
  if (!kept) return null;
  return (
    <div className="field">
      <label htmlFor={id}>Shown</label>
      <select id={id} className="select" value={found?.key ?? ""} onChange={(event) => showMeasurement(event.target.value || null)}>
        {quick && <option value="">Measured just now, PyTorch, batch {count(quick.profile.batch)}</option>}
        {kept.document.node_ms.map((one) => <option key={keyOf(one)} value={keyOf(one)}>{BACKENDS[one.backend]}, batch {count(one.batch)}</option>)}
      </select>
      <p className="hint"><a href={kept.url}>Profile of v{kept.version}</a>, {ago(kept.document.measured)}</p>
    </div>
  );
}

function Seconds({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span className="num">{Math.max(0, Math.round((now - since) / 1000))} s</span>;
}

function Found({ profile }: { profile: Profile }) {
  const report = useEditor((state) => state.report);
  const measure = useEditor((state) => state.profiling.measure);
  const coloured = useEditor((state) => measureOf(state.overlay) !== null);
  const stale = useEditor(isStale);
  const { busy, p50_ms, p95_ms } = profile;
  const choose = (next: Measure): void => {
    const { profiling, set } = editor.getState();
    set({ profiling: { ...profiling, measure: next } });
    if (coloured) colourByMeasure(next);
  };
  return (
    <>
      <p><strong className="num">{ms(p50_ms)}</strong> for {batchOf(profile)}, 95 % below <span className="num">{ms(p95_ms)}</span>; {machineOf(profile)}</p>
      {stale && <p className="note warn">The design has changed since.</p>}
      {busy > 0 && <p className="note warn">{profile.backend ? "The machine did other work" : busy === 1 ? "A training ran" : `${busy} trainings ran`} meanwhile: alone it would have been quicker.</p>}
      <div className="segments" role="group" aria-label="Rank by what was measured">
        {(Object.keys(MEASURES) as Measure[]).map((id) => (
          <button key={id} type="button" aria-pressed={id === measure} onClick={() => choose(id)} title={MEASURES[id].how}>{MEASURES[id].name}</button>
        ))}
      </div>
      <label className="ed-switch">
        <input type="checkbox" checked={coloured} onChange={(event) => colourByMeasure(event.target.checked ? measure : null)} />
        Colour the canvas by what was measured
      </label>
      <RankedList rows={rankedByMeasure(report, profile, measure)} show={MEASURES[measure].show} how={() => MEASURES[measure].how} />
    </>
  );
}
