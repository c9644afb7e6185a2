/** A form made from a JSON schema: used for recipes, for a block's parameters, for a table row. */
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { assign, fieldsOf, fromText, isExpression, stepOf, toText, type Field, type Json, type Kind, type Schema } from "./fields";
import "./form.css";

export interface SchemaFormProps {
  schema: Schema;
  /** What is set; a name that is missing has its default. */
  value: Record<string, Json>;
  onChange: (next: Record<string, Json>, name: string) => void;
  /** Allow expressions: any field may then begin with `=`. */
  expressions?: boolean;
  /** What a field comes to where it is left open (a size that follows the input), and of an expression. */
  resolved?: Record<string, Json | undefined>;
  /** Complaints of the server, by field. */
  faults?: Record<string, string | undefined>;
  disabled?: boolean;
  /** Fields to leave out. */
  omit?: readonly string[];
  /** Something at the end of a field's label line, for example "make this a variable". */
  extra?: (field: Field) => ReactNode;
  className?: string;
}

export function SchemaForm({ schema, value, onChange, omit, className, ...rest }: SchemaFormProps) {
  const fields = useMemo(() => fieldsOf(schema).filter((field) => !omit?.includes(field.name)), [schema, omit]);
  return (
    <div className={`schema-form ${className ?? ""}`}>
      {fields.map((field) => (
        <SchemaField
          key={field.name}
          field={field}
          value={value[field.name]}
          onChange={(next) => onChange(assign(value, field.name, next), field.name)}
          {...(rest.expressions !== undefined && { expressions: rest.expressions })}
          {...(rest.disabled !== undefined && { disabled: rest.disabled })}
          {...(rest.extra && { extra: rest.extra })}
          resolved={rest.resolved?.[field.name]}
          fault={rest.faults?.[field.name]}
        />
      ))}
    </div>
  );
}

export interface SchemaFieldProps {
  field: Field;
  value: Json | undefined;
  /** `undefined`: back to the default. */
  onChange: (next: Json | undefined) => void;
  expressions?: boolean;
  resolved?: Json | undefined;
  fault?: string | undefined;
  disabled?: boolean;
  extra?: (field: Field) => ReactNode;
}

export function SchemaField({ field, value, onChange, expressions = false, resolved, fault, disabled = false, extra }: SchemaFieldProps) {
  const id = useId();
  const [own, setOwn] = useState("");
  const [asExpression, setAsExpression] = useState(isExpression(value));
  useEffect(() => {
    if (isExpression(value)) setAsExpression(true);
  }, [value]);
  const shown = own || fault || "";
  const expression = expressions && asExpression;
  const widget = expression ? "text" : field.widget;
  const described = [field.help && `${id}-help`, shown && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  const common = { id, disabled, "aria-describedby": described, "aria-invalid": shown ? true : undefined } as const;
  const set = value !== undefined && JSON.stringify(value) !== JSON.stringify(field.default);
  const typed = (text: string): void => {
    const parsed = fromText(field, text, expressions);
    setOwn(parsed.ok ? "" : parsed.message);
    if (parsed.ok) onChange(parsed.value);
  };

  let control: ReactNode;
  if (widget === "bool") {
    const on = Boolean(value ?? field.default);
    control = (
      <label className="schema-check">
        <input type="checkbox" {...common} checked={on} onChange={(event) => onChange(event.target.checked)} />
        <span>{on ? "yes" : "no"}</span>
      </label>
    );
  } else if (widget === "enum") {
    const kind = field.kinds[0] as Extract<Kind, { type: "enum" }>;
    const now = value ?? field.default ?? null;
    control = (
      <select
        className="select"
        {...common}
        value={now === null ? "" : JSON.stringify(now)}
        onChange={(event) => onChange(event.target.value === "" ? (field.default === null ? undefined : null) : (JSON.parse(event.target.value) as Json))}
      >
        {field.nullable && <option value="">none</option>}
        {!field.nullable && now === null && <option value="">choose…</option>}
        {kind.values.map((item) => (
          <option key={JSON.stringify(item)} value={JSON.stringify(item)}>
            {String(item).replaceAll("_", " ")}
          </option>
        ))}
      </select>
    );
  } else {
    control = (
      <TextControl
        {...common}
        field={field}
        value={value}
        expression={expression}
        placeholder={placeholderOf(field, resolved)}
        onText={typed}
        onFault={setOwn}
        range={widget === "range"}
      />
    );
  }

  return (
    <div className="field schema-field" data-field={field.name}>
      <div className="schema-label">
        <label htmlFor={id}>{field.title}</label>
        {field.required && value === undefined && <span className="schema-tag">required</span>}
        {isExpression(value) && resolved !== undefined && <span className="schema-tag">= {toText(resolved) || "none"}</span>}
        <span className="grow" />
        {extra?.(field)}
        {set && !field.required && !disabled && (
          <button
            type="button"
            className="schema-mini"
            title={`Back to the default${field.default === undefined || field.default === null ? "" : ` (${toText(field.default)})`}`}
            aria-label={`${field.title}: back to the default`}
            onClick={() => {
              setOwn("");
              setAsExpression(false);
              onChange(undefined);
            }}
          >
            ↺
          </button>
        )}
        {expressions && !disabled && (field.widget === "bool" || field.widget === "enum" || field.widget === "range") && (
          <button
            type="button"
            className="schema-mini"
            aria-pressed={asExpression}
            title={asExpression ? "Back to a plain value" : "Write an expression (=width * 2)"}
            aria-label={`${field.title}: expression`}
            onClick={() => {
              setOwn("");
              if (asExpression && isExpression(value)) onChange(resolved !== undefined && !isExpression(resolved) ? resolved : undefined);
              setAsExpression(!asExpression);
            }}
          >
            <i>f</i>
          </button>
        )}
      </div>
      {control}
      {shown && (
        <span className="fault" id={`${id}-fault`} role="alert">
          {shown}
        </span>
      )}
      {field.help && (
        <span className="hint" id={`${id}-help`}>
          {field.help}
        </span>
      )}
    </div>
  );
}

function placeholderOf(field: Field, resolved: Json | undefined): string {
  if (field.follows) {
    const size = resolved === undefined || resolved === null ? "" : ` (${toText(resolved)})`;
    return `follows ${field.follows.port}${size}`;
  }
  if (field.default === null || (field.default === undefined && field.nullable)) return "none";
  return field.default === undefined ? "" : toText(field.default);
}

interface TextControlProps {
  id: string;
  disabled: boolean;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  field: Field;
  value: Json | undefined;
  expression: boolean;
  placeholder: string;
  range: boolean;
  onText: (text: string) => void;
  onFault: (message: string) => void;
}

function TextControl({ field, value, expression, placeholder, range, onText, onFault, ...common }: TextControlProps) {
  // With a slider beside it the field always shows a figure; elsewhere an empty field shows its default as placeholder.
  const outer = toText(range && !expression ? (value ?? field.default) : value);
  const [text, setText] = useState(expression && !outer.startsWith("=") ? `=${outer}` : outer);
  const sent = useRef(outer);
  useEffect(() => {
    // A change from outside (undo, another selection) wins; the echo of our own typing must not move the caret.
    if (outer !== sent.current) {
      sent.current = outer;
      setText(outer);
      onFault("");
    }
  }, [outer, onFault]);
  const change = (next: string): void => {
    setText(next);
    const parsed = fromText(field, next, true);
    if (parsed.ok) sent.current = toText(range && !expression ? (parsed.value ?? field.default) : parsed.value);
    onText(next);
  };
  const kind = field.kinds[0];
  const numeric = !expression && field.kinds.length === 1 && (kind?.type === "int" || kind?.type === "float");
  const keys = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (!numeric || (event.key !== "ArrowUp" && event.key !== "ArrowDown") || text.startsWith("=")) return;
    const now = Number(text === "" ? toText(field.default) : text);
    if (!Number.isFinite(now)) return;
    event.preventDefault();
    const bounds = kind as Extract<Kind, { type: "int" | "float" }>;
    const step = stepOf(bounds, now) * (event.shiftKey ? 10 : 1);
    const moved = Math.min(bounds.max ?? Infinity, Math.max(bounds.min ?? -Infinity, now + (event.key === "ArrowUp" ? step : -step)));
    change(String(Number(moved.toPrecision(12))));
  };
  const input = (
    <input
      className={`input ${expression || text.startsWith("=") ? "mono" : ""}`}
      type="text"
      inputMode={numeric ? "decimal" : "text"}
      autoComplete="off"
      spellCheck={false}
      {...common}
      value={text}
      placeholder={placeholder}
      onChange={(event) => change(event.target.value)}
      onKeyDown={keys}
    />
  );
  if (!range || expression) return input;
  const bounds = kind as Extract<Kind, { type: "int" | "float" }>;
  const at = Number(text);
  return (
    <div className="schema-range">
      <input
        type="range"
        aria-label={`${field.title}, slider`}
        disabled={common.disabled}
        min={bounds.min}
        max={bounds.max}
        step={stepOf(bounds, at)}
        value={Number.isFinite(at) ? at : (bounds.min ?? 0)}
        onChange={(event) => change(event.target.value)}
      />
      {input}
    </div>
  );
}
