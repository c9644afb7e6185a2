/** One data set: facts, samples, classes, how the file is read. */
import { useEffect, useMemo, useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { Samples } from "../shared/data/Samples";
import { bytes, full, NONE, percent } from "../shared/format";
import { EditableName, Labels } from "../shared/list/Labels";
import { intoTrashAndLeave } from "../shared/list/trash";
import { SchemaForm } from "../shared/schema/SchemaForm";
import type { DatasetDetail, Json, Sample } from "../shared/types";
import { Icon } from "../shared/ui/icons";
import { toast } from "../shared/ui/toast";
import { useAsync } from "../shared/ui/useAsync";
import { deletedWith, State } from "./DatasetList";
import { KINDS, moving, TASKS, words } from "./kinds";

export function DatasetPage({ first }: { first: DatasetDetail }) {
  const [data, setData] = useState(first);
  const checking = moving(data);
  useEffect(() => {
    if (!checking) return;
    const timer = setInterval(() => void api.get<DatasetDetail>(`/api/datasets/${first.id}`).then(setData, () => undefined), 1000);
    return () => clearInterval(timer);
  }, [checking, first.id]);
  const share = data.progress && data.progress.total > 0 ? data.progress.done / data.progress.total : null;
  return (
    <div className="dataset">
      <header className="page-head">
        <div>
          <p className="eyebrow"><a href="/datasets/">Data</a></p>
          {data.builtin ? <h1>{data.name}</h1> : <EditableName name={data.name} path={`/api/datasets/${data.id}`} onChange={setData}><h1>{data.name}</h1></EditableName>}
          <p>{data.help.split("\n\n")[0] || [words(KINDS, data.kind), data.filename].filter(Boolean).join(", ")}</p>
          {!data.builtin && <Labels<DatasetDetail> row={data} name={data.name} path={`/api/datasets/${data.id}`} list="/datasets/" onChange={setData} />}
        </div>
        <div className="row">
          {data.state === "ready" && <a className="btn primary" href={`/?dataset=${data.id}`}><Icon name="play" /> Choose a design for it</a>}
          {!data.builtin && <button type="button" className="btn quiet icon" aria-label="Delete this data set" title="Into the trash" onClick={() => void intoTrashAndLeave({ kind: "dataset", id: data.id, name: data.name, text: deletedWith(data) }, "/datasets/")}><Icon name="trash" /></button>}
        </div>
      </header>
      {data.state === "refused" && (
        <div className="note bad" role="alert">
          <Icon name="alert" size={18} />
          <div><strong>This file cannot be used as it is read now.</strong><p>{data.reason}</p></div>
        </div>
      )}
      {data.state === "download" && <p className="note info">{data.reason}</p>}
      {checking && (
        <div className="card pad stack" role="status">
          <span className="row"><span className="spinner" /> {data.progress?.text || "Checking the file"}</span>
          <div className={`progress ${share === null ? "idle" : ""}`}><span style={{ transform: `scaleX(${share ?? 1})` }} /></div>
        </div>
      )}
      <Facts data={data} />
      {data.notes.length > 0 && (
        <ul className="note notes">{data.notes.map((note) => <li key={note}>{note}</li>)}</ul>
      )}
      {data.state === "ready" && <Look id={data.id} version={data.version} counts={data.counts} />}
      <div className="dataset-columns">
        {Object.keys(data.counts).some((split) => Object.keys(data.counts[split] ?? {}).length > 0) && <Counts counts={data.counts} />}
        {data.columns.length > 0 && <Columns columns={data.columns} />}
        {data.options_schema && !checking && <Options data={data} onChanged={setData} />}
      </div>
    </div>
  );
}

function Facts({ data }: { data: DatasetDetail }) {
  const image = data.facts.image as { channels?: number; height?: number; width?: number } | undefined;
  const unit = data.task === "byte_lm" ? "bytes" : "samples";
  const shape = image?.height ? `${full(image.width)} × ${full(image.height)} px, ${image.channels === 1 ? "grey" : "RGB"}` : null;
  return (
    <dl className="facts card run-facts">
      <div><dt>State</dt><dd><State row={data} /></dd></div>
      <div><dt>Task</dt><dd>{data.task ? words(TASKS, data.task) : NONE}</dd></div>
      <div><dt>To train on</dt><dd>{full(data.train_size)}<span className="unit">{unit}</span></dd></div>
      <div><dt>To test with</dt><dd>{full(data.test_size)}<span className="unit">{unit}</span></dd></div>
      {data.classes !== null && <div><dt>Classes</dt><dd>{full(data.classes)}</dd></div>}
      {shape && <div><dt>Pictures</dt><dd>{shape}</dd></div>}
      {data.size > 0 && <div><dt>File</dt><dd>{bytes(data.size)}</dd></div>}
      {data.version && <div title={`Version ${data.version}: the hash of the content and of how it is read`}><dt>Version</dt><dd className="mono">{data.version.slice(0, 8)}</dd></div>}
    </dl>
  );
}

function Look({ id, version, counts }: { id: string; version: string; counts: DatasetDetail["counts"] }) {
  const [split, setSplit] = useState<"train" | "test">("train");
  const [seed, setSeed] = useState(0);
  const samples = useAsync((signal) => api.get<{ items: Sample[] }>(`/api/datasets/${id}/preview`, { query: { split, n: 40, seed }, signal }), [id, version, split, seed]);
  const items = samples.data?.items ?? [];
  return (
    <section className="card" aria-labelledby="look">
      <header>
        <h2 id="look">Samples</h2>
        <div className="row">
          <div className="segments" role="group" aria-label="Part">
            {(["train", "test"] as const).filter((name) => !Object.keys(counts).length || name in counts).map((name) => (
              <button key={name} type="button" aria-pressed={split === name} onClick={() => setSplit(name)}>{name === "train" ? "Training" : "Test"}</button>
            ))}
          </div>
          <button type="button" className="btn small" onClick={() => setSeed(seed + 1)}>Others</button>
        </div>
      </header>
      <div className="body" aria-busy={samples.busy}>
        {samples.fault ? <p className="muted">{samples.fault}</p> : samples.data ? <Samples items={items} most={items[0]?.image ? 40 : 10} /> : <div className="skeleton" style={{ height: 120 }} />}
      </div>
    </section>
  );
}

function Counts({ counts }: { counts: DatasetDetail["counts"] }) {
  const splits = Object.keys(counts).filter((name) => Object.keys(counts[name] ?? {}).length > 0);
  const [split, setSplit] = useState(splits.includes("train") ? "train" : splits[0]!);
  const rows = Object.entries(counts[split] ?? {});
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  return (
    <section className="card" aria-labelledby="counts">
      <header>
        <h2 id="counts">Samples per class</h2>
        {splits.length > 1 && (
          <div className="segments" role="group" aria-label="Part">
            {splits.map((name) => <button key={name} type="button" aria-pressed={split === name} onClick={() => setSplit(name)}>{name === "train" ? "Training" : name === "test" ? "Test" : name}</button>)}
          </div>
        )}
      </header>
      <div className="body bars count-bars" role="group" aria-label="Samples per class" tabIndex={0}>
        {rows.map(([name, count]) => (
          <div className="bar" key={name} title={`${percent(count / total)} of ${full(total)}`}>
            <span className="ellipsis">{name}</span>
            <span className="track"><span style={{ width: `${(count / most) * 100}%` }} /></span>
            <span className="figure">{full(count)}</span>
          </div>
        ))}
      </div>
    </section>
  );
}

function Columns({ columns }: { columns: DatasetDetail["columns"] }) {
  const examples = (value: Json | undefined): string => (Array.isArray(value) ? value.map(String).join(", ") : "");
  return (
    <section className="card" aria-labelledby="columns">
      <header><h2 id="columns">Columns</h2></header>
      <div className="scroll-x column-table" role="group" aria-label="Columns" tabIndex={0}>
        <table className="table">
          <thead><tr><th>Name</th><th>Taken as</th><th>Holds</th><th className="right">Different</th><th className="right">Missing</th><th>For example</th></tr></thead>
          <tbody>
            {columns.map((column) => (
              <tr key={String(column.name)}>
                <td>{String(column.name)}</td>
                <td>{column.role ? <span className="badge info">{String(column.role)}</span> : <span className="muted">not used</span>}</td>
                <td>{String(column.kind ?? "")}</td>
                <td className="right num">{typeof column.distinct === "number" ? full(column.distinct) : "many"}</td>
                <td className="right num">{typeof column.missing === "number" ? full(column.missing) : NONE}</td>
                <td className="muted ellipsis example" title={examples(column.examples)}>{examples(column.examples)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const NAMES = ["text", "label"];

function Options({ data, onChanged }: { data: DatasetDetail; onChanged: (next: DatasetDetail) => void }) {
  const [options, setOptions] = useState<Record<string, Json>>(data.options);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const schema = data.options_schema!;
  const has = (name: string): boolean => name in (schema.properties ?? {});
  const names = data.columns.map((column) => String(column.name));
  const changed = JSON.stringify(options) !== JSON.stringify(data.options);
  const roles = useMemo(() => Object.fromEntries(data.columns.map((column) => [String(column.name), String(column.role ?? "")])), [data.columns]);
  // What a table predicts is its `value` or its `label`; the option is called label for both.
  const taken = (role: string): string | undefined => names.find((item) => roles[item] === role || (role === "label" && roles[item] === "value"));
  const set = (name: string, value: Json | undefined): void =>
    setOptions((old) => {
      const { [name]: _, ...rest } = old;
      return value === undefined ? rest : { ...rest, [name]: value };
    });
  const save = async (): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      onChanged(await api.patch<DatasetDetail>(`/api/datasets/${data.id}`, { options }));
      toast({ title: "The file is read again", text: "It takes a moment for large files." });
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const chosen = Array.isArray(options.columns) ? options.columns.map(String) : names.filter((name) => roles[name] === "feature" || roles[name] === "input");
  return (
    <section className="card" aria-labelledby="options">
      <header><h2 id="options">How the file is read</h2></header>
      <form
        className="body stack"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {data.kind.startsWith("csv") || /\.(csv|tsv)$/i.test(data.filename) ? (
          <div className="field">
            <label htmlFor="reader">Rows are</label>
            <select id="reader" className="select" value={String(options.kind ?? "")} onChange={(event) => set("kind", event.target.value || undefined)}>
              <option value="">found out by themselves</option>
              <option value="csv_text">a sentence and its label</option>
              <option value="csv_table">columns to predict one from</option>
            </select>
          </div>
        ) : null}
        {names.length > 0 &&
          NAMES.filter(has).map((name) => (
            <div className="field" key={name}>
              <label htmlFor={`option-${name}`}>{name === "label" ? "Label column" : "Text column"}</label>
              <select id={`option-${name}`} className="select" value={String(options[name] ?? "")} onChange={(event) => set(name, event.target.value || undefined)}>
                <option value="">guessed{taken(name) ? `: ${taken(name)}` : ""}</option>
                {names.map((item) => <option key={item} value={item}>{item}</option>)}
              </select>
            </div>
          ))}
        {names.length > 0 && has("columns") && (
          <fieldset className="column-choice">
            <legend>Columns to predict from</legend>
            <div>
              {names.map((name) => (
                <label key={name} className="schema-check">
                  <input
                    type="checkbox"
                    checked={chosen.includes(name)}
                    disabled={name === (options.label ?? taken("label"))}
                    onChange={(event) => set("columns", names.filter((item) => (item === name ? event.target.checked : chosen.includes(item))))}
                  />
                  <span>{name}</span>
                </label>
              ))}
            </div>
            {"columns" in options && <button type="button" className="btn quiet small" onClick={() => set("columns", undefined)}>All usable ones</button>}
          </fieldset>
        )}
        <SchemaForm className="two" schema={schema} value={options} onChange={setOptions} omit={names.length ? ["text", "label", "columns", "kind"] : ["columns", "kind"]} />
        {fault && <p className="note bad" role="alert">{fault}</p>}
        <div className="row">
          <button type="submit" className="btn primary" disabled={busy || (!changed && data.state !== "refused")}>{busy && <span className="spinner" />} Read it again</button>
          {changed && <button type="button" className="btn quiet" onClick={() => setOptions(data.options)}>Undo changes</button>}
        </div>
      </form>
    </section>
  );
}
