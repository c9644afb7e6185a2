/** From a JSON schema property to what a field shows, and from typed text to a value. */
import type { Schema } from "../model/registry";
import type { Json } from "../model/types";
import { isExpression } from "../model/expressions";

export type Kind = "number" | "text" | "switch" | "choice" | "list" | "json";

export interface FieldShape {
  kind: Kind;
  integer: boolean;
  options: Json[];
  low?: number;
  high?: number;
  nullable: boolean;
}

function arms(schema: Schema, root: Schema): Schema[] {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1)!;
    const target = root.$defs?.[name];
    return target ? arms(target, root) : [schema];
  }
  return schema.anyOf ? schema.anyOf.flatMap((arm) => arms(arm, root)) : [schema];
}

export function shapeOf(schema: Schema, root: Schema = schema): FieldShape {
  const all = arms(schema, root);
  const real = all.filter((arm) => arm.type !== "null");
  const nullable = real.length < all.length;
  const options = real.flatMap((arm) => arm.enum ?? (arm.const !== undefined ? [arm.const] : []));
  const has = (type: string): boolean => real.some((arm) => arm.type === type);
  const low = Math.min(...real.map((arm) => arm.minimum ?? Infinity));
  const high = Math.max(...real.map((arm) => arm.maximum ?? -Infinity));
  const bounds = { ...(Number.isFinite(low) ? { low } : {}), ...(Number.isFinite(high) ? { high } : {}) };
  const base = { integer: has("integer") && !has("number"), options, nullable, ...bounds };
  if (real.length && real.every((arm) => arm.enum || arm.const !== undefined)) return { ...base, kind: "choice" };
  if (has("boolean") && real.length === 1) return { ...base, kind: "switch" };
  if (has("array")) return { ...base, kind: "list" };
  if (has("integer") || has("number")) return { ...base, kind: "number" };
  if (has("string")) return { ...base, kind: "text" };
  return { ...base, kind: "json" };
}

/** A value as it is typed. */
export function textOf(value: Json | undefined, kind: Kind): string {
  if (value === undefined || value === null) return "";
  if (isExpression(value)) return value;
  if (Array.isArray(value)) return value.map((item) => (typeof item === "object" ? JSON.stringify(item) : String(item))).join(", ");
  if (typeof value === "object" || kind === "json") return JSON.stringify(value);
  return String(value);
}

export type Typed = { value: Json } | { unset: true } | { fault: string };

/** What typed text means for a field; an expression is taken as it is. */
export function parseTyped(text: string, shape: FieldShape): Typed {
  const trimmed = text.trim();
  if (trimmed === "") return { unset: true };
  if (trimmed.startsWith("=")) return trimmed.length > 1 ? { value: trimmed } : { fault: "Write the expression after the equals sign." };
  const number = Number(trimmed);
  switch (shape.kind) {
    case "number":
      if (!Number.isNaN(number)) return numeric(number, shape);
      if (shape.options.includes(trimmed)) return { value: trimmed };
      return { fault: `${trimmed} is not a number; an expression starts with =.` };
    case "list": {
      if (!Number.isNaN(number)) return numeric(number, shape);
      if (shape.options.includes(trimmed)) return { value: trimmed };
      const parts = trimmed.replace(/^[[(]|[\])]$/g, "").split(/\s*[,x×]\s*/);
      const numbers = parts.map(Number);
      if (numbers.some(Number.isNaN)) return { fault: `Write numbers with commas between, such as 3, 3.` };
      return { value: numbers };
    }
    case "json":
      try {
        return { value: JSON.parse(trimmed) as Json };
      } catch {
        return { value: trimmed };
      }
    case "choice": {
      const found = shape.options.find((option) => String(option) === trimmed);
      return found === undefined ? { fault: `Choose one of ${shape.options.join(", ")}.` } : { value: found };
    }
    case "switch":
      return { value: trimmed === "true" };
    default:
      return { value: trimmed };
  }
}

function numeric(value: number, shape: FieldShape): Typed {
  if (shape.integer && !Number.isInteger(value) && shape.kind === "number") return { fault: `${value} should be a whole number.` };
  if (shape.low !== undefined && value < shape.low) return { fault: `At least ${shape.low}.` };
  if (shape.high !== undefined && value > shape.high) return { fault: `At most ${shape.high}.` };
  return { value };
}
