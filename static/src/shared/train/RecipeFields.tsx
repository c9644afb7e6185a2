/** The form of a recipe: presets, the settings that matter first, everything else folded away. */
import { useId, useMemo } from "react";
import { SchemaForm } from "../schema/SchemaForm";
import type { Json, Part, PartEntry, Recipe, RecipeForm, Schema } from "../types";
import { asPart, asParts, choosePart, paramsOf, presetOf, setListed, setPart, toggle } from "./recipe";

const FIRST = ["epochs", "batch_size"];
const TITLES: Record<string, string> = { optimizer: "Optimizer", schedule: "Learning rate schedule", augmentations: "Augmentation", callbacks: "Beside the steps" };

function pick(schema: Schema, names: readonly string[]): Schema {
  const properties = Object.fromEntries(names.flatMap((name) => (schema.properties?.[name] ? [[name, schema.properties[name]]] : [])));
  return { ...schema, properties: properties as Record<string, Schema> };
}

export interface RecipeFieldsProps {
  form: RecipeForm;
  recipe: Recipe;
  onChange: (next: Recipe) => void;
  disabled?: boolean;
}

export function RecipeFields({ form, recipe, onChange, disabled = false }: RecipeFieldsProps) {
  const preset = useMemo(() => presetOf(recipe, form), [recipe, form]);
  const first = useMemo(() => pick(form.schema, FIRST), [form]);
  const rest = useMemo(() => pick(form.schema, Object.keys(form.schema.properties ?? {}).filter((name) => !FIRST.includes(name))), [form]);
  const set = (next: Record<string, Json>): void => onChange(next);
  return (
    <div className="recipe">
      <div className="field">
        <span className="label" id="recipe-preset">
          Preset
        </span>
        <div className="segments" role="group" aria-labelledby="recipe-preset">
          {Object.entries(form.presets).map(([name, item]) => (
            <button key={name} type="button" aria-pressed={preset === name} title={item.help} disabled={disabled} onClick={() => onChange({ ...item.recipe })}>
              {item.title || name}
            </button>
          ))}
          {preset === null && (
            <button type="button" aria-pressed disabled>
              Custom
            </button>
          )}
        </div>
        {preset !== null && <span className="hint">{form.presets[preset]!.help}</span>}
      </div>
      <SchemaForm className="two" schema={first} value={recipe} onChange={set} disabled={disabled} />
      {Object.entries(form.parts)
        .filter(([, part]) => !part.many)
        .map(([field, part]) => (
          <OnePart key={field} title={TITLES[field] ?? field} entries={part.entries} part={asPart(recipe[field])} disabled={disabled}
            onChoose={(entry) => onChange(choosePart(recipe, field, entry))}
            onParams={(params) => onChange(setPart(recipe, field, params))}
          />
        ))}
      {Object.entries(form.parts)
        .filter(([, part]) => part.many && part.entries.length)
        .map(([field, part]) => (
          <ManyParts key={field} title={TITLES[field] ?? field} entries={part.entries} parts={asParts(recipe[field])} disabled={disabled}
            onToggle={(id, on) => onChange(toggle(recipe, field, id, on, part.entries.map((entry) => entry.id)))}
            onParams={(id, params) => onChange(setListed(recipe, field, id, params))}
          />
        ))}
      <details className="recipe-more">
        <summary>More settings</summary>
        <SchemaForm className="two" schema={rest} value={recipe} onChange={set} disabled={disabled} />
      </details>
    </div>
  );
}

interface OnePartProps {
  title: string;
  entries: PartEntry[];
  part: Part;
  disabled: boolean;
  onChoose: (entry: PartEntry) => void;
  onParams: (params: Record<string, Json>) => void;
}

function OnePart({ title, entries, part, disabled, onChoose, onParams }: OnePartProps) {
  const id = useId();
  const entry = entries.find((item) => item.id === part.id);
  return (
    <fieldset className="recipe-part">
      <div className="field">
        <label htmlFor={id}>{title}</label>
        <select id={id} className="select" value={part.id} disabled={disabled} onChange={(event) => onChoose(entries.find((item) => item.id === event.target.value)!)}>
          {!entry && <option value={part.id}>{part.id || "choose…"}</option>}
          {entries.map((item) => (
            <option key={item.id} value={item.id}>
              {item.title}
            </option>
          ))}
        </select>
        {entry?.help && <span className="hint">{entry.help}</span>}
      </div>
      {entry && Object.keys(entry.schema.properties ?? {}).length > 0 && (
        <SchemaForm className="two" schema={entry.schema} value={paramsOf(part)} onChange={onParams} disabled={disabled} />
      )}
    </fieldset>
  );
}

interface ManyPartsProps {
  title: string;
  entries: PartEntry[];
  parts: Part[];
  disabled: boolean;
  onToggle: (id: string, on: boolean) => void;
  onParams: (id: string, params: Record<string, Json>) => void;
}

function ManyParts({ title, entries, parts, disabled, onToggle, onParams }: ManyPartsProps) {
  return (
    <fieldset className="recipe-part">
      <legend>{title}</legend>
      {entries.map((entry) => {
        const part = parts.find((item) => item.id === entry.id);
        const has = Object.keys(entry.schema.properties ?? {}).length > 0;
        return (
          <div key={entry.id} className="recipe-option">
            <label className="schema-check">
              <input type="checkbox" checked={Boolean(part)} disabled={disabled} onChange={(event) => onToggle(entry.id, event.target.checked)} />
              <span>
                {entry.title}
                <span className="hint"> {entry.help}</span>
              </span>
            </label>
            {part && has && <SchemaForm className="two" schema={entry.schema} value={paramsOf(part)} onChange={(params) => onParams(entry.id, params)} disabled={disabled} />}
          </div>
        );
      })}
    </fieldset>
  );
}
