/** The same call for a terminal and for Python. Pure. */
import type { Widget } from "./types";

const FIELD: Record<Widget, string> = { draw: "image", image: "image", text: "text", form: "row", generate: "prompt" };

export type Body = Record<string, unknown>;

const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function curl(url: string, widget: Widget, body: Body): string {
  const head = [`curl ${shell(url)}`, '-H "Authorization: Bearer $BLOCKYARD_TOKEN"', "-H 'Content-Type: application/json'"];
  if (FIELD[widget] === "image") {
    // The picture comes from a file: thousands of characters of base64 on a command line help nobody.
    return `base64 < picture.png | tr -d '\\n' | sed 's/.*/{"image": "&"}/' |\n  ${head.join(" \\\n    ")} \\\n    -d @-`;
  }
  return `${head.join(" \\\n  ")} \\\n  -d ${shell(JSON.stringify(body))}`;
}

/** JSON as Python writes it. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${literal(item)}`).join(", ")}}`;
  return JSON.stringify(value);
}

export function python(url: string, widget: Widget, body: Body): string {
  const image = FIELD[widget] === "image";
  const shown = image ? '{"image": base64.b64encode(Path("picture.png").read_bytes()).decode()}' : literal(body);
  return [
    ...(image ? ["import base64"] : []),
    "import json",
    "import os",
    ...(image ? ["from pathlib import Path"] : []),
    "from urllib.request import Request, urlopen",
    "",
    `body = ${shown}`,
    "request = Request(",
    `    ${JSON.stringify(url)},`,
    "    json.dumps(body).encode(),",
    '    {"Authorization": "Bearer " + os.environ["BLOCKYARD_TOKEN"], "Content-Type": "application/json"},',
    ")",
    "answer = json.load(urlopen(request))",
    widget === "generate" ? 'print(answer["text"])' : 'print(answer["predictions"], answer["latency_ms"], "ms")',
  ].join("\n");
}
