/** Edits of a recipe document. Pure. */
import type { Json, Part, PartEntry, Recipe, RecipeForm } from "../types";

export const asPart = (value: Json | undefined): Part => (value && typeof value === "object" && !Array.isArray(value) ? (value as Part) : { id: "" });
export const asParts = (value: Json | undefined): Part[] => (Array.isArray(value) ? value.map(asPart) : []);

/** The parameters of a part, without its id. */
export function paramsOf(part: Part): Record<string, Json> {
  const { id: _, ...params } = part;
  return params;
}

/** Another optimizer or schedule in a field; settings that both have and that were set stay (a learning rate does not vanish). */
export function choosePart(recipe: Recipe, field: string, entry: PartEntry): Recipe {
  const kept = Object.entries(paramsOf(asPart(recipe[field]))).filter(([name]) => name in (entry.schema.properties ?? {}));
  // A learning rate fit for AdamW is too small for SGD by a factor of 100: the new entry's own default is the better start.
  const params = Object.fromEntries(kept.filter(([name]) => name !== "lr"));
  return { ...recipe, [field]: { id: entry.id, ...params } };
}

export function setPart(recipe: Recipe, field: string, params: Record<string, Json>): Recipe {
  return { ...recipe, [field]: { id: asPart(recipe[field]).id, ...params } };
}

/** An augmentation or callback on or off; the order is that of the registry's list, so that a recipe does not depend on clicks. */
export function toggle(recipe: Recipe, field: string, id: string, on: boolean, order: readonly string[]): Recipe {
  const rest = asParts(recipe[field]).filter((part) => part.id !== id);
  const next = on ? [...rest, { id }] : rest;
  next.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  return { ...recipe, [field]: next };
}

export function setListed(recipe: Recipe, field: string, id: string, params: Record<string, Json>): Recipe {
  return { ...recipe, [field]: asParts(recipe[field]).map((part) => (part.id === id ? { id, ...params } : part)) };
}

/** The recipe as it means, for comparison: defaults filled in, order of names ignored. */
function canonical(recipe: Recipe, form: RecipeForm): string {
  const defaults = (schema: PartEntry["schema"]) =>
    Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, field.default ?? null]));
  const part = (field: string, given: Part): Json => {
    const entry = form.parts[field]?.entries.find((item) => item.id === given.id);
    return { ...(entry ? defaults(entry.schema) : {}), ...given };
  };
  const filled: Record<string, Json> = { ...defaults(form.schema), ...recipe };
  for (const [field, { many }] of Object.entries(form.parts)) {
    filled[field] = many ? asParts(recipe[field]).map((item) => part(field, item)) : part(field, asPart(recipe[field]));
  }
  return stable(filled);
}

function stable(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`;
  if (value && typeof value === "object") {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${name}:${stable(value[name]!)}`).join()}}`;
  }
  return JSON.stringify(value);
}

/** The preset a recipe equals, or null: "custom". */
export function presetOf(recipe: Recipe, form: RecipeForm): string | null {
  const mine = canonical(recipe, form);
  return Object.keys(form.presets).find((name) => canonical(form.presets[name]!.recipe, form) === mine) ?? null;
}

/** One line on a recipe: "AdamW, lr 0.001, 5 epochs, batch 64". */
export function summary(recipe: Recipe): string {
  const optimizer = asPart(recipe.optimizer);
  const lr = optimizer.lr;
  const epochs = typeof recipe.epochs === "number" ? `${recipe.epochs} ${recipe.epochs === 1 ? "epoch" : "epochs"}` : "";
  const seconds = typeof recipe.seconds === "number" ? `${recipe.seconds} s` : "";
  const length = [epochs, seconds].filter(Boolean).join(" or ");
  return [optimizer.id, typeof lr === "number" ? `lr ${lr}` : "", length, `batch ${String(recipe.batch_size ?? "")}`].filter(Boolean).join(", ");
}
