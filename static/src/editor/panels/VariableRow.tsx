import { useId, useState } from "react";
import { usesOf } from "../model/expressions";
import { value as show } from "../model/format";
import type { Domain, Json, Variable } from "../model/types";
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

/** One variable: name, value, slider over its domain, and where it is used. */
export function VariableRow({ name, variable }: { name: string; variable: Variable }) {
  const [open, setOpen] = useState(false);
  const design = useEditor((state) => state.history.design);
  const id = useId();
  const { perform } = editor.getState();
  const uses = usesOf(design, name);
  const taken = Object.keys(design.variables ?? {});
  const { domain } = variable;
  const set = (value: Json) => perform({ type: "setVariable", args: { name, set: { value } } }, { key: `variable:${name}`, label: `change ${name}` });
  const setDomain = (next: Domain | null) => perform({ type: "setVariable", args: { name, set: { domain: next } } }, { key: `domain:${name}` });
  return (
    <div className="ed-variable" data-variable={name}>
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
      {(domain?.type === "int" || domain?.type === "float") && typeof variable.value === "number" && (
        <input
          type="range"
          aria-label={`${name}, from ${domain.min} to ${domain.max}`}
          min={domain.min}
          max={domain.max}
          step={domain.type === "int" ? (domain.step ?? 1) : (domain.max - domain.min) / 200}
          value={variable.value}
          onChange={(event) => set(Number(event.target.value))}
        />
      )}
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
          <div>
            <h3>Used in</h3>
            <ul className="ed-list">
              {uses.map((use) => <li key={`${use.graph}/${use.node}/${use.param}`} className="mono">{[use.graph, use.node, use.param].filter(Boolean).join(" / ")}</li>)}
              {!uses.length && <li className="muted">nothing yet; write ={name} in a parameter</li>}
            </ul>
          </div>
          <button type="button" className="btn small danger" title="Its value stays where it was used" onClick={() => perform({ type: "removeVariable", args: { name } }, { say: `Removed ${name}` })}>
            <Icon name="trash" size={13} /> Remove {name}
          </button>
        </div>
      )}
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
