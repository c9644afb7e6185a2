/** A demo: give the model something, see what it says and how fast, take the same call away as code. */
import { useCallback, useEffect, useRef, useState, type DragEvent } from "react";
import { api, isAbort, messageOf } from "../shared/api/client";
import { Samples } from "../shared/data/Samples";
import { ShareButton } from "../shared/list/Share";
import { metricLabel, ms, plain } from "../shared/format";
import { toast } from "../shared/ui/toast";
import { Bars } from "../shared/ui/Bars";
import { Icon } from "../shared/ui/icons";
import { useAsync } from "../shared/ui/useAsync";
import type { Sample } from "../shared/types";
import { DrawPad } from "./DrawPad";
import { FormInput } from "./FormInput";
import { curl, python, type Body } from "./snippets";
import type { DemoAnswer, DemoDetail } from "./types";

const WHAT: Record<DemoDetail["widget"], string> = {
  draw: "Draw with the mouse or a finger. The answer follows while you draw.",
  image: "Upload a picture, drop one here, or take one from the test data.",
  text: "Type a sentence; the answer follows.",
  form: "Fill in the fields; the answer follows.",
  generate: "Give it a beginning; it writes on.",
};

interface Given {
  body: Body;
  /** The true label, where the input came from the test data. */
  truth: string | null;
  /** Whether it can be seen on the drawing pad. */
  drawn: boolean;
}

/** With `shared` it is behind a link: nothing of it leads to what the link does not allow. */
export function DemoPage({ demo, base, shared = false }: { demo: DemoDetail; base: string; shared?: boolean }) {
  const [given, setGiven] = useState<Given | null>(null);
  const [answer, setAnswer] = useState<DemoAnswer | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  // What was taken from the test data last; text and forms are filled with it, so that one can go on from there.
  const [picked, setPicked] = useState<{ sample: Sample; n: number }>({ sample: {}, n: 0 });
  const running = useRef<AbortController | null>(null);

  const ask = useCallback(
    async (body: Body, truth: string | null = null, drawn = false): Promise<void> => {
      running.current?.abort();
      const abort = (running.current = new AbortController());
      setGiven({ body, truth, drawn });
      setBusy(true);
      try {
        const found = await api.post<DemoAnswer>(demo.predict_url, body, { signal: abort.signal });
        setAnswer(found);
        setFault("");
      } catch (error) {
        if (isAbort(error)) return;
        setFault(messageOf(error));
        setAnswer(null);
      } finally {
        if (running.current === abort) setBusy(false);
      }
    },
    [demo.predict_url],
  );
  const forget = useCallback((): void => {
    running.current?.abort();
    setGiven(null);
    setAnswer(null);
    setFault("");
    setBusy(false);
  }, []);

  const figures = Object.entries(demo.metrics).filter((entry): entry is [string, number] => typeof entry[1] === "number" && ["accuracy", "bits_per_byte", "perplexity", "rmse", "mae", "r2"].includes(entry[0]));
  return (
    <div className="demo">
      <header className="page-head">
        <div>
          {!shared && <p className="eyebrow"><a href="/demos/">Demos</a></p>}
          <h1>{demo.title}</h1>
          <p>{WHAT[demo.widget]}</p>
        </div>
        <div className="row wrap">
          <dl className="facts">
            {figures.slice(0, 2).map(([name, value]) => (
              <div key={name}>
                <dt>Test {metricLabel(name).label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}</dt>
                <dd>{metricLabel(name).format(value)}</dd>
              </div>
            ))}
            {!shared && (
              <div>
                <dt>Trained in</dt>
                <dd><a href={demo.run.url}>{demo.run.name}</a></dd>
              </div>
            )}
          </dl>
          {!shared && <ShareButton kind="demo" id={demo.slug} name={demo.title} />}
        </div>
      </header>
      <div className="demo-columns">
        <section className="card pad demo-input" aria-label="Input">
          <Input key={picked.n} demo={demo} picked={picked.sample} onAsk={ask} onForget={forget} />
        </section>
        <section className="card pad demo-answer" aria-label="Answer" aria-live="polite" aria-busy={busy}>
          <Reply demo={demo} given={given} answer={answer} fault={fault} busy={busy} />
        </section>
      </div>
      {!shared && demo.widget !== "generate" && <FromTest demo={demo} onAsk={ask} onPick={(sample) => setPicked((old) => ({ sample, n: old.n + 1 }))} />}
      {!shared && <Code demo={demo} base={base} body={given?.body ?? null} />}
    </div>
  );
}

type Ask = (body: Body, truth?: string | null, drawn?: boolean) => Promise<void>;

function Input({ demo, picked, onAsk, onForget }: { demo: DemoDetail; picked: Sample; onAsk: Ask; onForget: () => void }) {
  switch (demo.widget) {
    case "draw":
      return (
        <>
          <DrawPad onPicture={(image) => (image ? void onAsk({ image }, null, true) : onForget())} />
          <Upload onAsk={onAsk} small />
        </>
      );
    case "image":
      return <Upload onAsk={onAsk} first={picked.image ?? null} />;
    case "text":
      return <TextInput demo={demo} first={picked.text ?? ""} onAsk={onAsk} onForget={onForget} />;
    case "form":
      return <FormInput fields={demo.input.fields ?? []} first={picked.row ?? null} onRow={(row) => void onAsk({ row })} />;
    case "generate":
      return <Prompt onAsk={onAsk} />;
  }
}

const MOST_BYTES = 8 * 2 ** 20;

function Upload({ onAsk, first = null, small = false }: { onAsk: Ask; first?: string | null; small?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState<string | null>(first);
  const [over, setOver] = useState(false);
  const [fault, setFault] = useState("");
  const take = (file: File | undefined): void => {
    if (!file) return;
    if (!file.type.startsWith("image/")) return setFault(`${file.name} is no picture; choose a PNG, JPEG or WebP.`);
    if (file.size > MOST_BYTES) return setFault(`${file.name} is larger than 8 MiB; choose a smaller one.`);
    setFault("");
    const reader = new FileReader();
    reader.onload = () => {
      const image = String(reader.result);
      setShown(image);
      void onAsk({ image });
    };
    reader.onerror = () => setFault(`${file.name} could not be read.`);
    reader.readAsDataURL(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div className={`drop ${small ? "small" : ""} ${over ? "over" : ""}`} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={() => setOver(false)} onDrop={drop}>
      {shown && !small && <img src={shown} alt="The picture that is asked about" />}
      {!shown && !small && <Icon name="image" size={28} />}
      <p className="row wrap">
        <button type="button" className="btn small" onClick={() => input.current?.click()}>
          <Icon name="upload" /> Upload a picture
        </button>
        <span className="muted">or drop one here</span>
      </p>
      {fault && <p className="fault" role="alert">{fault}</p>}
      <input ref={input} type="file" accept="image/*" hidden onChange={(event) => (take(event.target.files?.[0]), (event.target.value = ""))} />
    </div>
  );
}

function TextInput({ demo, first, onAsk, onForget }: { demo: DemoDetail; first: string; onAsk: Ask; onForget: () => void }) {
  const [text, setText] = useState(first);
  const asked = useRef(first);
  useEffect(() => {
    // What the field begins with has been asked by whoever put it there.
    if (text === asked.current) return;
    asked.current = text;
    if (!text.trim()) return onForget();
    const timer = setTimeout(() => void onAsk({ text }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  const bytes = new TextEncoder().encode(text).length;
  const most = demo.input.max_length;
  return (
    <div className="field">
      <label htmlFor="demo-text">Text</label>
      <textarea id="demo-text" className="textarea demo-text" rows={6} value={text} autoFocus onChange={(event) => setText(event.target.value)} />
      <span className="hint num">
        {bytes} {bytes === 1 ? "byte" : "bytes"}
        {most ? ` of ${most} that the model reads${bytes > most ? "; the rest is cut off" : ""}` : ""}
      </span>
    </div>
  );
}

function Prompt({ onAsk }: { onAsk: Ask }) {
  const [prompt, setPrompt] = useState("");
  const [length, setLength] = useState(160);
  const [temperature, setTemperature] = useState(0.8);
  const [seed, setSeed] = useState(0);
  const go = (): void => {
    // Each press is another continuation; the seed it had can be read off the copied call.
    void onAsk({ prompt, length, temperature, seed });
    setSeed(seed + 1);
  };
  return (
    <form className="stack" onSubmit={(event) => (event.preventDefault(), go())}>
      <div className="field">
        <label htmlFor="prompt">Beginning</label>
        <textarea id="prompt" className="textarea mono demo-text" rows={5} value={prompt} placeholder="To be, or" onChange={(event) => setPrompt(event.target.value)} />
      </div>
      <div className="field">
        <label htmlFor="temperature">Temperature <span className="num muted">{temperature.toFixed(2)}</span></label>
        <input id="temperature" type="range" min={0} max={2} step={0.05} value={temperature} onChange={(event) => setTemperature(Number(event.target.value))} />
        <span className="hint">0 always takes the most probable byte; more is freer.</span>
      </div>
      <div className="field">
        <label htmlFor="length">Length <span className="num muted">{length} bytes</span></label>
        <input id="length" type="range" min={16} max={512} step={16} value={length} onChange={(event) => setLength(Number(event.target.value))} />
      </div>
      <button type="submit" className="btn primary"><Icon name="bolt" /> Generate</button>
    </form>
  );
}

function Reply({ demo, given, answer, fault, busy }: { demo: DemoDetail; given: Given | null; answer: DemoAnswer | null; fault: string; busy: boolean }) {
  if (fault) return <p className="note bad" role="alert"><Icon name="alert" size={18} /> {fault}</p>;
  if (!answer) {
    return (
      <div className="empty">
        {busy ? <span className="spinner" /> : <Icon name="bolt" size={24} />}
        <span>{busy ? "Asking the model…" : "The answer appears here."}</span>
      </div>
    );
  }
  const bars = answer.predictions.filter((item): item is typeof item & { probability: number } => typeof item.probability === "number");
  const first = bars.reduce<(typeof bars)[number] | null>((best, item) => (!best || item.probability > best.probability ? item : best), null);
  const truth = given?.truth ?? null;
  return (
    <div className="stack">
      {demo.widget === "draw" && !given?.drawn && typeof given?.body.image === "string" && <img className="demo-given" src={given.body.image} alt="The picture that is asked about" />}
      {typeof answer.text === "string" && (
        <pre className="demo-written"><b>{String(given?.body.prompt ?? "")}</b>{answer.text}</pre>
      )}
      {typeof answer.value === "number" && !first && (
        <>
          <p className="demo-what">{answer.predictions[0]?.label}</p>
          <p className="demo-say" data-answer>
            {plain(answer.value)}
            {truth !== null && <span className="badge">in truth {truth}</span>}
          </p>
        </>
      )}
      {first && (
        <p className="demo-say" data-answer={first.label}>
          {first.label}
          {truth !== null && (
            <span className={`badge ${truth === first.label ? "ok" : "bad"}`}>{truth === first.label ? "right" : `in truth ${truth}`}</span>
          )}
        </p>
      )}
      {bars.length > 0 && <Bars items={bars} label="Probabilities" />}
      <p className="muted num demo-time">
        <span title="The network alone for this one sample, in onnxruntime">{ms(answer.latency_ms)} {demo.widget === "generate" ? "per byte" : "network"}</span>
        {" · "}
        <span title="From the parsed request to the answer on the server">{ms(answer.total_ms)} on the server</span>
      </p>
    </div>
  );
}

function FromTest({ demo, onAsk, onPick }: { demo: DemoDetail; onAsk: Ask; onPick: (sample: Sample) => void }) {
  const [seed, setSeed] = useState(0);
  const samples = useAsync((signal) => api.get<{ items: Sample[] }>(`/api/demos/${demo.slug}/samples`, { query: { n: demo.widget === "form" ? 6 : demo.widget === "text" ? 8 : 20, seed }, signal }), [demo.slug, seed]);
  const pick = (sample: Sample): void => {
    onPick(sample);
    const truth = sample.label ?? (sample.value !== null && sample.value !== undefined ? plain(sample.value) : null);
    if (sample.image) void onAsk({ image: sample.image }, truth);
    else if (sample.row) void onAsk({ row: sample.row }, truth);
    else if (typeof sample.text === "string") void onAsk({ text: sample.text }, truth);
  };
  return (
    <section className="card" aria-labelledby="from-test">
      <header>
        <h2 id="from-test">From the test data</h2>
        <button type="button" className="btn small" onClick={() => setSeed(seed + 1)}>Show others</button>
      </header>
      <div className="body">
        {samples.fault ? <p className="muted">{samples.fault}</p> : samples.data ? <Samples items={samples.data.items} onPick={pick} /> : <div className="skeleton" style={{ height: 80 }} />}
      </div>
    </section>
  );
}

function Code({ demo, base, body }: { demo: DemoDetail; base: string; body: Body | null }) {
  const [kind, setKind] = useState<"curl" | "python">("curl");
  const [copied, setCopied] = useState(false);
  const example: Body = body ?? { text: { text: "a fine film" }, generate: { prompt: "To be", length: 128, temperature: 0.8, seed: 0 }, form: { row: Object.fromEntries((demo.input.fields ?? []).map((field) => [field.name, field.kind === "number" ? (field.default ?? 0) : (field.values?.[0] ?? "")])) }, draw: {}, image: {} }[demo.widget];
  const code = (kind === "curl" ? curl : python)(base + demo.predict_url, demo.widget, example);
  const picture = typeof body?.image === "string" ? body.image : null;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code);
    } catch {
      return void toast({ kind: "warn", title: "This browser does not let pages copy", text: "Select the text and copy it by hand." });
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <section className="card" aria-labelledby="code">
      <header>
        <h2 id="code">The same call from a program</h2>
        <div className="row">
          <div className="segments" role="group" aria-label="Language">
            <button type="button" aria-pressed={kind === "curl"} onClick={() => setKind("curl")}>curl</button>
            <button type="button" aria-pressed={kind === "python"} onClick={() => setKind("python")}>Python</button>
          </div>
          <button type="button" className="btn small" onClick={() => void copy()}><Icon name={copied ? "check" : "copy"} /> {copied ? "Copied" : "Copy"}</button>
        </div>
      </header>
      <div className="body stack">
        <pre className="code" tabIndex={0}>{code}</pre>
        <p className="muted">Needs a token in <code>BLOCKYARD_TOKEN</code>; make one under <a href="/account/">Account</a>.
          {picture && <> The picture of the last answer: <a href={picture} download="picture.png">save it as picture.png</a>.</>}
        </p>
      </div>
    </section>
  );
}
