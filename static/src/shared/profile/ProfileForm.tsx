/** What to measure: batch sizes, backends, and how often; then it is queued as a run. */
import { useId, useState, type FormEvent } from "react";
import { api, messageOf } from "../api/client";
import { duration, full } from "../format";
import type { RunCreated, Schemas } from "../types";
import { useAsync } from "../ui/useAsync";
import { BACKENDS, type Backend, batchesOf } from "./document";
import "./profile.css";

type Body = Partial<Schemas["ProfileRunIn"]>;

export interface ProfileFormProps {
  /** What is measured: `run`, or `design_id` with what belongs to it. Asked for when it starts: it may have to be stored first. */
  what: () => Promise<Body>;
  /** Settings of a profile to begin with. */
  first?: { batches?: number[]; backends?: Backend[]; threads?: number | null; repeats?: number; warmup?: number; device?: "auto" | "cpu" };
  /** Why it cannot be measured now. */
  blocked?: string | null;
  onStarted: (run: RunCreated) => void;
}

export function ProfileForm({ what, first = {}, blocked = null, onStarted }: ProfileFormProps) {
  const id = useId();
  const limits = useAsync((signal) => api.get<Schemas["ProfileForm"]>("/api/runs/profile", { signal }), []);
  const [text, setText] = useState((first.batches ?? [1, 8, 32]).join(", "));
  const [backends, setBackends] = useState<Backend[]>(first.backends ?? ["eager", "onnxruntime"]);
  const [threads, setThreads] = useState(first.threads ? String(first.threads) : "");
  const [repeats, setRepeats] = useState(String(first.repeats ?? 200));
  const [warmup, setWarmup] = useState(String(first.warmup ?? 3));
  const [device, setDevice] = useState(first.device ?? "auto");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const batches = batchesOf(text);
  const most = limits.data;
  const wrong = !batches
    ? "Write batch sizes such as 1, 8, 32."
    : most && batches.length > most.most_batches
      ? `At most ${full(most.most_batches)} batch sizes at once.`
      : most && batches.at(-1)! > most.most_samples
        ? `At most ${full(most.most_samples)} samples at once.`
        : "";
  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault("");
    try {
      const body = { batches, backends, threads: threads ? Number(threads) : null, repeats: Number(repeats), warmup: Number(warmup), device, ...(await what()) };
      onStarted(await api.post<RunCreated>("/api/runs/profile", body));
    } catch (error) {
      setFault(messageOf(error));
      setBusy(false);
    }
  };
  const flip = (backend: Backend): void => setBackends((old) => (old.includes(backend) ? old.filter((one) => one !== backend) : [...old, backend]));
  return (
    <form className="profile-form" onSubmit={(event) => void start(event)}>
      <p className="muted">Measures how long one forward takes and how much memory, of the whole network and of every node. It waits until nothing trains on the machine, and has it to itself meanwhile.</p>
      <div className="field">
        <label htmlFor={`${id}-batches`}>Batch sizes</label>
        <input id={`${id}-batches`} className="input" value={text} aria-invalid={!!wrong} aria-describedby={`${id}-hint`} autoComplete="off" inputMode="numeric" onChange={(event) => setText(event.target.value)} />
        <p id={`${id}-hint`} className={wrong ? "fault" : "hint"}>{wrong || "How many samples go through at once; 1 is what a single request takes."}</p>
      </div>
      <fieldset className="profile-backends">
        <legend>Measured in</legend>
        {(Object.keys(BACKENDS) as Backend[]).map((backend) => (
          <label key={backend}>
            <input type="checkbox" checked={backends.includes(backend)} onChange={() => flip(backend)} /> {BACKENDS[backend]}
            <span className="hint">{backend === "eager" ? "as it is trained, operation by operation" : "as it is served, exported and optimised, on the CPU"}</span>
          </label>
        ))}
        {!backends.length && <p className="fault">Choose at least one.</p>}
      </fieldset>
      <details>
        <summary className="muted">More settings</summary>
        <div className="profile-more">
          <NumberField label="CPU threads" hint="Empty: as many as the work can use." value={threads} most={most?.threads} onChange={setThreads} />
          <NumberField label="Repetitions" hint={most ? `At most, within ${duration(most.seconds)} for each measurement.` : "At most."} value={repeats} most={most?.most_repeats} required onChange={setRepeats} />
          <NumberField label="Warm-up" hint="Forwards before those that count." value={warmup} most={100} required onChange={setWarmup} />
          <div className="field">
            <label htmlFor={`${id}-device`}>PyTorch runs on</label>
            <select id={`${id}-device`} className="select" value={device} onChange={(event) => setDevice(event.target.value as "auto" | "cpu")}>
              <option value="auto">a GPU where there is one</option>
              <option value="cpu">the CPU</option>
            </select>
          </div>
        </div>
      </details>
      {(fault || blocked) && <p className="note bad" role="alert">{fault || blocked}</p>}
      <div className="spread">
        <span className="muted">{most && batches && !wrong && backends.length > 0 && `${full(2 * batches.length * backends.length)} measurements, at most about ${duration(2 * batches.length * backends.length * most.seconds)}`}</span>
        <button type="submit" className="btn primary" disabled={busy || !!wrong || !!blocked || !backends.length}>{busy && <span className="spinner" />} Start profile</button>
      </div>
    </form>
  );
}

interface NumberFieldProps {
  label: string;
  hint: string;
  value: string;
  most?: number | undefined;
  required?: boolean;
  onChange: (value: string) => void;
}

function NumberField({ label, hint, value, most, required, onChange }: NumberFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input num" type="number" min={1} max={most} step={1} required={required} value={value} aria-describedby={`${id}-hint`} onChange={(event) => onChange(event.target.value)} />
      <p id={`${id}-hint`} className="hint">{hint}</p>
    </div>
  );
}
