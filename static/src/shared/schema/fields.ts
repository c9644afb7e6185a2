/** From the JSON schema of an entry's parameters to form fields, and between values and what a person types. Pure. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The part of JSON schema that pydantic writes for the registry. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  "x-follows"?: { port: string; dim: string };
  [other: string]: unknown;
}

export type Kind =
  | { type: "int" | "float"; min?: number; max?: number; above?: number; below?: number }
  | { type: "bool" }
  | { type: "enum"; values: Json[] }
  | { type: "text" }
  | { type: "tuple"; items: Kind[] }
  | { type: "list"; item: Kind; min: number; max: number }
  | { type: "other" };

export interface Field {
  name: string;
  title: string;
  help: string;
  required: boolean;
  /** Null is a value of it: written as an empty field. */
  nullable: boolean;
  default: Json | undefined;
  follows: { port: string; dim: string } | null;
  kinds: Kind[];
  /** The widget that fits: a union or a list is typed as text. */
  widget: "number" | "range" | "bool" | "enum" | "text" | "json";
}

/** Names that papers and code shorten and a form should not. */
const SPOKEN: Record<string, string> = { lr: "learning rate", eps: "epsilon", p: "probability" };

export const isExpression = (value: unknown): value is string => typeof value === "string" && value.startsWith("=");

function resolve(schema: Schema, root: Schema): Schema {
  let at = schema;
  for (let depth = 0; at.$ref && depth < 8; depth++) {
    const target = root.$defs?.[at.$ref.replace("#/$defs/", "")];
    if (!target) break;
    const { $ref: _, ...own } = at;
    at = { ...target, ...own };
  }
  return at.allOf?.length === 1 ? { ...resolve(at.allOf[0]!, root), ...at, allOf: undefined } : at;
}

export function kindsOf(given: Schema, root: Schema = given): { kinds: Kind[]; nullable: boolean } {
  const schema = resolve(given, root);
  const arms = schema.anyOf ?? schema.oneOf;
  if (arms) {
    const parts = arms.map((arm) => kindsOf(arm, root));
    return { kinds: parts.flatMap((part) => part.kinds), nullable: parts.some((part) => part.nullable) };
  }
  if (Array.isArray(schema.type)) {
    const parts = schema.type.map((type) => kindsOf({ ...schema, type }, root));
    return { kinds: parts.flatMap((part) => part.kinds), nullable: parts.some((part) => part.nullable) };
  }
  if (schema.const !== undefined) return { kinds: [{ type: "enum", values: [schema.const] }], nullable: schema.const === null };
  if (schema.enum) {
    const values = schema.enum.filter((value) => value !== null);
    return { kinds: [{ type: "enum", values }], nullable: values.length < schema.enum.length };
  }
  switch (schema.type) {
    case "null":
      return { kinds: [], nullable: true };
    case "boolean":
      return { kinds: [{ type: "bool" }], nullable: false };
    case "integer":
    case "number":
      return { kinds: [numberKind(schema)], nullable: false };
    case "string":
      return { kinds: [{ type: "text" }], nullable: false };
    case "array": {
      if (schema.prefixItems) {
        const items = schema.prefixItems.map((item) => kindsOf(item, root).kinds[0] ?? { type: "other" as const });
        return { kinds: [{ type: "tuple", items }], nullable: false };
      }
      const item = typeof schema.items === "object" ? kindsOf(schema.items, root).kinds[0] : undefined;
      return {
        kinds: [{ type: "list", item: item ?? { type: "other" }, min: schema.minItems ?? 0, max: schema.maxItems ?? 64 }],
        nullable: false,
      };
    }
    default:
      return { kinds: [{ type: "other" }], nullable: false };
  }
}

function numberKind(schema: Schema): Kind {
  return {
    type: schema.type === "integer" ? "int" : "float",
    ...(schema.minimum !== undefined && { min: schema.minimum }),
    ...(schema.maximum !== undefined && { max: schema.maximum }),
    ...(schema.exclusiveMinimum !== undefined && { above: schema.exclusiveMinimum }),
    ...(schema.exclusiveMaximum !== undefined && { below: schema.exclusiveMaximum }),
  };
}

export function fieldOf(name: string, given: Schema, root: Schema): Field {
  const schema = resolve(given, root);
  const { kinds, nullable } = kindsOf(schema, root);
  return {
    name,
    title: SPOKEN[schema.title ?? name] ?? (schema.title ?? name).replaceAll("_", " "),
    help: schema.description ?? "",
    required: (root.required ?? []).includes(name),
    nullable,
    default: schema.default,
    follows: schema["x-follows"] ?? null,
    kinds,
    widget: widgetOf(kinds, nullable, schema.default),
  };
}

export function fieldsOf(schema: Schema): Field[] {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => fieldOf(name, property, schema));
}

function widgetOf(kinds: Kind[], nullable: boolean, fallback: Json | undefined): Field["widget"] {
  if (kinds.some((kind) => kind.type === "other")) return "json";
  if (kinds.length !== 1) return "text";
  const kind = kinds[0]!;
  if (kind.type === "bool") return "bool";
  if (kind.type === "enum") return "enum";
  if (kind.type === "int" || kind.type === "float") {
    // A slider helps where the whole range is worth walking: shares of one, and small counts.
    const span = (kind.max ?? Infinity) - (kind.min ?? -Infinity);
    // A default of 1e-8 lies between any two steps of a slider.
    const tiny = typeof fallback === "number" && fallback > 0 && fallback < 0.01;
    return !nullable && !tiny && ((kind.type === "float" && span <= 1) || (kind.type === "int" && span <= 32)) ? "range" : "number";
  }
  return "text";
}

/** How far one step of the arrow keys or the slider goes. */
export function stepOf(kind: Kind, value: number): number {
  if (kind.type === "int") return 1;
  if (kind.type === "float" && kind.max !== undefined && kind.min !== undefined && kind.max - kind.min <= 1) return 0.01;
  // A tenth of the value's own size: 0.001 -> 0.0001, so that learning rates can be walked, too.
  return value === 0 ? 0.1 : 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
}

/** What stands in the field for a value. */
export function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((item) => (item === null ? "none" : toText(item))).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value === "number") return numberText(value);
  return String(value);
}

function numberText(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && size < 1e-4 ? value.toExponential().replace("e+", "e") : String(value);
}

export type Parsed = { ok: true; value: Json | undefined } | { ok: false; message: string };

/** What a person typed, as a value of the field; `undefined` means: leave it to the default. */
export function fromText(field: Field, typed: string, expressions = false): Parsed {
  const text = typed.trim();
  if (text === "") {
    if (field.nullable) return { ok: true, value: field.default === null || field.follows ? undefined : null };
    if (field.default !== undefined || field.follows) return { ok: true, value: undefined };
    return { ok: false, message: "needs a value" };
  }
  if (text.startsWith("=")) {
    if (!expressions) return { ok: false, message: "an expression is not possible here" };
    return text.length > 1 ? { ok: true, value: text } : { ok: false, message: "write an expression after the =" };
  }
  if (field.nullable && /^(none|null)$/i.test(text)) return { ok: true, value: null };
  if (field.widget === "json") {
    try {
      return { ok: true, value: JSON.parse(text) as Json };
    } catch {
      return { ok: false, message: "is not valid JSON" };
    }
  }
  let message = "";
  for (const kind of field.kinds) {
    const parsed = parse(kind, text);
    if (parsed.ok) return parsed;
    // The complaint worth showing is the one of the arm that came closest: bounds before kinds.
    if (!message || parsed.close) message = parsed.message;
  }
  if (field.kinds.length > 1 && !message.startsWith("must be")) message = `must be ${field.kinds.map(describe).join(" or ")}`;
  return { ok: false, message: message || "does not fit" };
}

type Attempt = { ok: true; value: Json } | { ok: false; message: string; close: boolean };

function parse(kind: Kind, text: string): Attempt {
  const no = (message: string, close = false): Attempt => ({ ok: false, message, close });
  switch (kind.type) {
    case "int":
    case "float": {
      if (!/^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return no("is not a number");
      const value = Number(text.replaceAll("_", ""));
      if (kind.type === "int" && !Number.isInteger(value)) return no("must be a whole number", true);
      const fault = outside(kind, value);
      return fault ? no(fault, true) : { ok: true, value };
    }
    case "bool":
      return /^(true|yes|on)$/i.test(text)
        ? { ok: true, value: true }
        : /^(false|no|off)$/i.test(text)
          ? { ok: true, value: false }
          : no("is neither yes nor no");
    case "enum": {
      const found = kind.values.find((value) => String(value).toLowerCase() === text.toLowerCase());
      return found === undefined ? no(`must be ${describe(kind)}`) : { ok: true, value: found };
    }
    case "text":
      return { ok: true, value: text };
    case "tuple":
    case "list": {
      const parts = pieces(text);
      if (kind.type === "tuple" && parts.length !== kind.items.length) return no(`needs ${kind.items.length} numbers, as in ${sample(kind)}`);
      if (kind.type === "list" && (parts.length < kind.min || parts.length > kind.max)) return no(`needs ${kind.min} to ${kind.max} entries`, true);
      const values: Json[] = [];
      for (const [at, part] of parts.entries()) {
        const attempt = parse(kind.type === "tuple" ? kind.items[at]! : kind.item, part);
        if (!attempt.ok) return no(`${part}: ${attempt.message}`, parts.length > 1);
        values.push(attempt.value);
      }
      return { ok: true, value: values };
    }
    default:
      return no("does not fit");
  }
}

/** "3, 5", "[3 5]", "3x5" and "3 × 5" are all the same list. */
function pieces(text: string): string[] {
  const bare = text.replace(/^[[(]\s*|\s*[\])]$/g, "");
  return bare.split(/\s*[,;×]\s*|(?<=\d)\s*x\s*(?=\d)|\s+/).filter((part) => part !== "");
}

export function outside(kind: Extract<Kind, { type: "int" | "float" }>, value: number): string {
  if (kind.min !== undefined && value < kind.min) return `must be at least ${numberText(kind.min)}`;
  if (kind.above !== undefined && value <= kind.above) return `must be more than ${numberText(kind.above)}`;
  if (kind.max !== undefined && value > kind.max) return `must be at most ${numberText(kind.max)}`;
  if (kind.below !== undefined && value >= kind.below) return `must be less than ${numberText(kind.below)}`;
  return "";
}

function sample(kind: Kind): string {
  return kind.type === "tuple" ? kind.items.map((_, at) => String(3 + (at % 2) * 2)).join(", ") : "1, 2";
}

/** The kinds of a field in words, for its hint. */
export function describe(kind: Kind): string {
  switch (kind.type) {
    case "int":
      return "a whole number";
    case "float":
      return "a number";
    case "bool":
      return "yes or no";
    case "enum":
      return kind.values.map(String).join(" or ");
    case "tuple":
      return `${kind.items.length} numbers (${sample(kind)})`;
    case "list":
      return "a list of numbers";
    default:
      return "text";
  }
}

/** The fault of a value a document holds, or "". Expressions are judged by the server. */
export function faultOf(field: Field, value: Json | undefined): string {
  if (value === undefined) return field.required ? "needs a value" : "";
  if (isExpression(value)) return "";
  if (value === null) return field.nullable ? "" : "needs a value";
  const parsed = fromText(field, toText(value));
  return parsed.ok ? "" : parsed.message;
}

/** `value` with one field set, or without it. */
export function assign(value: Record<string, Json>, name: string, next: Json | undefined): Record<string, Json> {
  const { [name]: _, ...rest } = value;
  return next === undefined ? rest : { ...value, [name]: next };
}
