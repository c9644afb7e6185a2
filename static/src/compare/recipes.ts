/** Recipes as flat lists of settings, and what differs among them. Pure. */
import type { Json, Recipe } from "../shared/types";

export type Flat = Record<string, string>;

/** How the document is written, not how training goes. */
const FORM = new Set(["format", "version"]);

/** `{"optimizer.lr": "0.001", ...}`; parts of a list go by their id: `augmentations.flip.p`. */
export function flatten(recipe: Recipe): Flat {
  const flat: Flat = {};
  const put = (path: string, value: Json | undefined): void => {
    if (Array.isArray(value)) {
      const parts = value.filter((item): item is { [name: string]: Json } => !!item && typeof item === "object" && !Array.isArray(item) && "id" in item);
      if (!value.length || parts.length < value.length) flat[path] = value.length ? JSON.stringify(value) : "none";
      else {
        flat[path] = parts.map((part) => String(part.id)).join(", ");
        for (const { id, ...params } of parts) for (const [name, inner] of Object.entries(params)) put(`${path}.${String(id)}.${name}`, inner);
      }
    } else if (value && typeof value === "object") {
      const { id, ...params } = value;
      if (id !== undefined) flat[path] = String(id);
      for (const [name, inner] of Object.entries(params)) put(`${path}.${name}`, inner);
    } else flat[path] = value === null || value === undefined ? "none" : typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  };
  for (const [name, value] of Object.entries(recipe)) if (!FORM.has(name)) put(name, value);
  return flat;
}

/** The settings that are not the same in all of them, in the order of the first that has them. */
export function varying(flats: readonly Flat[]): string[] {
  const names = [...new Set(flats.flatMap((flat) => Object.keys(flat)))];
  return names.filter((name) => flats.some((flat) => flat[name] !== flats[0]![name]));
}

/** "optimizer.weight_decay" as words: "Optimizer: weight decay". */
export function settingLabel(path: string): string {
  const [first, ...rest] = path.replaceAll("_", " ").split(".");
  const head = first!.charAt(0).toUpperCase() + first!.slice(1);
  return rest.length ? `${head}: ${rest.join(" ")}` : head;
}
