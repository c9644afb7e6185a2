import { useEffect, useId, useRef, useState } from "react";
import { rangeText, sliderRange } from "../model/domains";
import { usesOf } from "../model/expressions";
import { value as show } from "../model/format";
import { waysIn } from "../model/instances";
import { type Domain, type Json, type Variable, INPUT } from "../model/types";
import { Icon } from "../parts/Icon";
import { NameField } from "../parts/NameField";
import { editor, useEditor } from "../state/store";
import { TypedInput } from "../inspector/ParamField";

const FREE = { kind: "json" as const, integer: false, options: [], nullable: true };

function defaultDomain(type: string, value: Json): Domain | null {
  const number = typeof value === "number" ? value : 1;
  if (type === "int") return { type: "int", min: Math.max(1, Math.floor(number / 4)), max: Math.max(2, Math.ceil(number * 4)), step: 1 };
  if (type === "float") return { type: "float", min: 0, max: Math.max(1, number * 4) };
  if (type === "choice") return { type: "choice", values: [value] };
  return null;
}

/** Lights up the nodes that hang on a variable. */
const light = (name: string | null): void => editor.getState().set({ lit: name });

/** One variable: name, value, slider, and where it is used; pointing at it lights up its nodes. */
export function VariableRow({ name, variable }: { name: string; variable: Variable }) {
  const [open, setOpen] = useState(false);
  const design = useEditor((state) => state.history.design);
  const id = useId();
  const { perform } = editor.getState();
  useEffect(() => () => light(null), []);
  const nodes = [...new Set(usesOf(design, name).map((use) => `${use.graph}/${use.node}`))];
  const taken = Object.keys(design.variables ?? {});
  const { domain } = variable;
  const set = (value: Json) => perform({ type: "setVariable", args: { name, set: { value } } }, { key: `variable:${name}`, label: `change ${name}` });
  const setDomain = (next: Domain | null) => perform({ type: "setVariable", args: { name, set: { domain: next } } }, { key: `domain:${name}` });
  return (
    <div
      className="ed-variable"
      data-variable={name}
      onPointerEnter={() => light(name)}
      onPointerLeave={() => light(null)}
      onFocus={() => light(name)}
      onBlur={() => light(null)}
    >
      <div className="ed-variable-line">
        <NameField
          label={`Name of variable ${name}`}
          hideLabel
          value={name}
          problem={(to) => (!/^[A-Za-z_]\w*$/.test(to) ? "Use letters, digits and underscores." : taken.includes(to) ? `There is a variable ${to} already.` : ["i", "n", "facts"].includes(to) ? `${to} has a meaning of its own in expressions.` : null)}
          onCommit={(to) => perform({ type: "renameVariable", args: { from: name, to } }, { say: `Renamed to ${to}` })}
        />
        {domain?.type === "choice" ? (
          <select className="select" aria-label={`Value of ${name}`} value={JSON.stringify(variable.value)} onChange={(event) => set(JSON.parse(event.target.value) as Json)}>
            {[...domain.values, ...(domain.values.some((one) => one === variable.value) ? [] : [variable.value])].map((one) => <option key={JSON.stringify(one)} value={JSON.stringify(one)}>{show(one)}</option>)}
          </select>
        ) : (
          <div className="field">
            <TypedInput id={`${id}-value`} label={`Value of ${name}`} shape={FREE} value={variable.value} placeholder="value" onChange={set} />
          </div>
        )}
        <button type="button" className="btn quiet small icon" aria-expanded={open} aria-label={`More about ${name}`} onClick={() => setOpen(!open)}><Icon name="more" size={14} /></button>
      </div>
      <Slider name={name} variable={variable} />
      <p className="ed-variable-facts muted">
        {domain && <span className="badge info" title="A search may set it to any of these">{rangeText(domain)}</span>}
        <span>{nodes.length ? `used by ${nodes.length} node${nodes.length === 1 ? "" : "s"}` : "used by nothing yet"}</span>
      </p>
      {variable.doc && !open && <p className="muted">{variable.doc}</p>}
      {open && (
        <div className="ed-variable-more">
          <div className="field">
            <label htmlFor={`${id}-doc`}>What it is</label>
            <input id={`${id}-doc`} className="input" value={variable.doc ?? ""} onChange={(event) => perform({ type: "setVariable", args: { name, set: { doc: event.target.value || null } } }, { key: `doc:${name}` })} />
          </div>
          <div className="field">
            <label htmlFor={`${id}-domain`}>Domain</label>
            <select id={`${id}-domain`} className="select" value={domain?.type ?? ""} onChange={(event) => setDomain(defaultDomain(event.target.value, variable.value))}>
              <option value="">fixed</option>
              <option value="int">whole numbers</option>
              <option value="float">numbers</option>
              <option value="choice">a list</option>
            </select>
          </div>
          {domain && <DomainFields id={id} domain={domain} onChange={setDomain} />}
          <Uses name={name} />
          <button type="button" className="btn small danger" title="Its value stays where it was used" onClick={() => perform({ type: "removeVariable", args: { name } }, { say: `Removed ${name}` })}>
            <Icon name="trash" size={13} /> Remove {name}
          </button>
        </div>
      )}
    </div>
  );
}

/** Moves the value over its domain, or around where it is; the figures follow while it is held, as one step. */
function Slider({ name, variable }: { name: string; variable: Variable }) {
  const { domain, value } = variable;
  const [anchor, setAnchor] = useState(value);
  const drag = useRef(0);
  const held = useRef(false);
  const release = (): void => {
    held.current = false;
    setAnchor(value);
  };
  const range = sliderRange(domain ?? null, held.current ? anchor : value);
  if (!range || typeof value !== "number") return null;
  return (
    <input
      type="range"
      aria-label={`${name}, from ${range.min} to ${range.max}`}
      {...range}
      value={value}
      onPointerDown={() => {
        drag.current++;
        held.current = true;
        setAnchor(value);
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onChange={(event) =>
        editor.getState().perform(
          { type: "setVariable", args: { name, set: { value: Number(event.target.value) } } },
          { key: `slide:${name}:${drag.current}`, label: `change ${name}`, held: held.current },
        )
      }
    />
  );
}

/** The nodes that use a variable; a click goes there. */
function Uses({ name }: { name: string }) {
  const design = useEditor((state) => state.history.design);
  const ways = waysIn(design);
  const uses = usesOf(design, name);
  return (
    <div>
      <h3>Used in</h3>
      <ul className="ed-list">
        {uses.map((use) => {
          const steps = ways.get(use.graph);
          const at = use.node === INPUT ? `${INPUT}.${use.param}` : use.node;
          return (
            <li key={`${use.graph}/${use.node}/${use.param}`}>
              <button type="button" className="ed-link mono" disabled={!steps} onClick={() => steps && editor.getState().goTo(steps, [at])}>
                {[use.graph, use.node, use.param].filter(Boolean).join(" / ")}
              </button>
            </li>
          );
        })}
        {!uses.length && <li className="muted">nothing yet; write ={name} in a parameter</li>}
      </ul>
    </div>
  );
}

const NUMBER = { kind: "number" as const, integer: false, options: [], nullable: false };

function DomainFields({ id, domain, onChange }: { id: string; domain: Domain; onChange: (domain: Domain) => void }) {
  if (domain.type === "choice")
    return (
      <div className="field">
        <label htmlFor={`${id}-values`}>Values, with commas between</label>
        <TypedInput
          id={`${id}-values`}
          shape={{ ...FREE, kind: "text" }}
          value={domain.values.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ")}
          placeholder="relu, gelu"
          onChange={(text) => onChange({ type: "choice", values: String(text).split(",").map((one) => one.trim()).filter(Boolean).map(readValue) })}
        />
      </div>
    );
  const ends = domain.type === "int" ? (["min", "max", "step"] as const) : (["min", "max"] as const);
  return (
    <div className="ed-triple">
      {ends.map((end) => (
        <div key={end} className="field">
          <label htmlFor={`${id}-${end}`}>{end}</label>
          <TypedInput id={`${id}-${end}`} shape={{ ...NUMBER, integer: domain.type === "int" }} value={(domain as Record<string, Json>)[end]} placeholder="1" onChange={(value) => onChange({ ...domain, [end]: value } as Domain)} />
        </div>
      ))}
    </div>
  );
}

function readValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
