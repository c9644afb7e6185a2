import { type KeyboardEvent, useId, useState } from "react";
import { isExpression } from "../model/expressions";
import { value as show } from "../model/format";
import type { Schema } from "../model/registry";
import type { Json } from "../model/types";
import { Icon, type IconName } from "../parts/Icon";
import { focusSoon } from "../parts/focus";
import { type FieldShape, parseTyped, shapeOf, textOf } from "./fields";

interface Props {
  name: string;
  schema: Schema;
  root?: Schema;
  value: Json | undefined;
  /** What the server made of it: the value of an expression, the size that follows, the default. */
  resolved?: Json | undefined;
  fault?: string | undefined;
  onChange: (value: Json) => void;
  onUnset?: (() => void) | undefined;
  /** What the value can be turned into: a variable, a parameter of the group. */
  promotions?: readonly Promotion[] | undefined;
  /** Inside a group: the value may differ here alone. */
  here?: OnlyHere | undefined;
}

export interface OnlyHere {
  /** The path that is meant by here. */
  path: string;
  differs: boolean;
  start: () => void;
  takeBack: () => void;
}

export interface Promotion {
  to: string;
  icon: IconName;
  run: () => void;
}

/** One parameter: a literal in the widget its schema asks for, or an expression. */
export function ParamField({ name, schema, root, value, resolved, fault, onChange, onUnset, promotions, here }: Props) {
  const id = useId();
  const shape = shapeOf(schema, root);
  const follows = schema["x-follows"];
  const expression = isExpression(value);
  const [asText, setAsText] = useState(false);
  const set = value !== undefined;
  const label = schema.title ?? name.replace(/_/g, " ");
  const common = { id, shape, value, onChange, onUnset, describedBy: `${id}-help` };
  const placeholder = follows
    ? `follows input${resolved !== undefined && resolved !== null && !set ? ` (${show(resolved)})` : ""}`
    : schema.default !== undefined && schema.default !== null
      ? show(schema.default)
      : shape.nullable
        ? "none"
        : "needs a value";
  const plain = !expression && !asText;
  return (
    <div className="field ed-field" data-param={name} data-set={set || undefined} data-here={here?.differs || undefined}>
      <div className="ed-field-head">
        <label htmlFor={id}>{label}</label>
        {expression && resolved !== undefined && <output className="ed-resolved" title="What the expression gives">= {show(resolved)}</output>}
        {here?.differs && <span className="badge warn ed-here" title={`Only at ${here.path}; elsewhere it is as the definition has it`}>only here</span>}
        <span className="ed-field-tools">
          {!expression && promotions?.map(({ to, icon, run }) => (
            <button key={to} type="button" className="btn quiet small icon" title={`Make it a ${to}`} aria-label={`Make ${label} a ${to}`} onClick={run}>
              <Icon name={icon} size={13} />
            </button>
          ))}
          {(shape.kind === "switch" || shape.kind === "choice") && !expression && (
            <button type="button" className="btn quiet small icon" title="Write an expression" aria-label={`Write an expression for ${label}`} aria-pressed={asText} onClick={() => (setAsText(!asText), focusSoon(id))}>
              <Icon name="fx" size={13} />
            </button>
          )}
          {here && !here.differs && (
            <button type="button" className="btn quiet small icon" title={`Only here: another value at ${here.path} alone`} aria-label={`Set ${label} only here`} onClick={here.start}>
              <Icon name="pin" size={13} />
            </button>
          )}
          {here?.differs && (
            <button type="button" className="btn quiet small" title="As the definition has it again" aria-label={`Take ${label} back`} onClick={here.takeBack}>
              <Icon name="reset" size={13} />
            </button>
          )}
          {set && onUnset && !here?.differs && (
            <button
              type="button"
              className="btn quiet small icon"
              title={follows ? "Follow the input again" : "Back to the default"}
              aria-label={follows ? `Let ${label} follow the input` : `Reset ${label}`}
              onClick={() => (setAsText(false), onUnset())}
            >
              <Icon name="reset" size={13} />
            </button>
          )}
        </span>
      </div>
      {plain && shape.kind === "switch" ? (
        <label className="ed-switch">
          <input id={id} type="checkbox" checked={Boolean(value ?? schema.default ?? false)} onChange={(event) => onChange(event.target.checked)} />
          {value ?? schema.default ? "on" : "off"}
        </label>
      ) : plain && shape.kind === "choice" ? (
        <select id={id} className="select" value={set ? JSON.stringify(value) : ""} onChange={(event) => (event.target.value ? onChange(JSON.parse(event.target.value) as Json) : onUnset?.())}>
          {(!set || schema.default !== undefined || shape.nullable) && <option value="">{schema.default != null ? `${show(schema.default)} (default)` : shape.nullable ? "none" : "choose"}</option>}
          {shape.options.map((option) => <option key={JSON.stringify(option)} value={JSON.stringify(option)}>{show(option)}</option>)}
        </select>
      ) : (
        <TypedInput {...common} placeholder={placeholder} fault={fault} />
      )}
      {plain && fault && (shape.kind === "switch" || shape.kind === "choice") && <p className="fault">{fault}</p>}
      <p className="hint" id={`${id}-help`}>
        {follows && set ? <>Fixed; by itself it follows {follows.dim} of {follows.port}. </> : null}
        {schema.description}
      </p>
    </div>
  );
}

interface InputProps {
  id: string;
  shape: FieldShape;
  value: Json | undefined;
  placeholder: string;
  fault?: string | undefined;
  onChange: (value: Json) => void;
  onUnset?: (() => void) | undefined;
  describedBy?: string;
  label?: string;
}

/** Text that becomes a value as it is typed; what is not a value yet stays in the field and says why. */
export function TypedInput({ id, shape, value, placeholder, fault, onChange, onUnset, describedBy, label }: InputProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? textOf(value, shape.kind);
  const typed = parseTyped(text, shape);
  const wrong = draft !== null && "fault" in typed ? typed.fault : fault;
  const write = (next: string): void => {
    setDraft(next);
    const parsed = parseTyped(next, shape);
    if ("value" in parsed) {
      if (JSON.stringify(parsed.value) !== JSON.stringify(value)) onChange(parsed.value);
    } else if ("unset" in parsed && value !== undefined) onUnset?.();
  };
  const step = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (shape.kind !== "number" || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    const from = Number(text === "" ? placeholder.replace(/[^\d.-]/g, "") : text);
    if (Number.isNaN(from)) return;
    event.preventDefault();
    const size = (shape.integer ? 1 : 0.1) * (event.shiftKey ? 10 : 1);
    const next = from + (event.key === "ArrowUp" ? size : -size);
    write(String(Math.round(next * 1e6) / 1e6));
  };
  return (
    <>
      <input
        id={id}
        className={`input ${isExpression(value) || text.startsWith("=") ? "mono" : ""}`}
        value={text}
        placeholder={placeholder}
        inputMode={shape.kind === "number" ? "decimal" : "text"}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={!!wrong}
        aria-describedby={describedBy}
        aria-label={label}
        onChange={(event) => write(event.target.value)}
        onBlur={() => setDraft(null)}
        onKeyDown={step}
      />
      {wrong && <p className="fault">{wrong}</p>}
    </>
  );
}
