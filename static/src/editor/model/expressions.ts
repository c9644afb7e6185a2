/** Names inside `=expressions`: found, renamed, replaced. What an expression means is the server's business. */
import type { Design, DesignNode, Json, Params } from "./types";
import { allGraphs, withGraph } from "./graph";

export const isExpression = (value: unknown): value is string => typeof value === "string" && value.startsWith("=");

// Strings are matched first so that names inside quotes are left alone; dots keep attributes out.
const TOKENS = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\.?)([A-Za-z_]\w*)/g;
const WORDS = new Set(["if", "else", "and", "or", "not", "in", "True", "False", "None", "true", "false"]);

function mapNames(expression: string, change: (name: string) => string): string {
  return expression.replace(TOKENS, (whole, text: string | undefined, dot: string, name: string) =>
    text !== undefined || dot || WORDS.has(name) ? whole : change(name),
  );
}

/** The free names of an expression, functions such as `min` included. */
export function namesIn(value: Json | undefined): Set<string> {
  const names = new Set<string>();
  eachExpression(value, (expression) => {
    mapNames(expression, (name) => (names.add(name), name));
  });
  return names;
}

function eachExpression(value: Json | undefined, visit: (expression: string) => void): void {
  if (isExpression(value)) visit(value);
  else if (Array.isArray(value)) value.forEach((item) => eachExpression(item, visit));
  else if (value && typeof value === "object") Object.values(value).forEach((item) => eachExpression(item, visit));
}

/** Changes every expression inside a JSON value; gives the same object back when none changed. */
export function mapExpressions(value: Json, change: (expression: string) => Json): Json {
  if (isExpression(value)) return change(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => mapExpressions(item, change));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (value && typeof value === "object") return mapParams(value, change);
  return value;
}

function mapParams(params: Params, change: (expression: string) => Json): Params {
  let changed = false;
  const result: Params = {};
  for (const [name, value] of Object.entries(params)) {
    result[name] = mapExpressions(value, change);
    changed ||= result[name] !== value;
  }
  return changed ? result : params;
}

/** A literal as it reads inside an expression. */
export function literal(value: Json): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The expression with names replaced by values; a bare name becomes the value itself. */
export function substitute(expression: string, values: Map<string, Json>): Json {
  const bare = expression.slice(1).trim();
  if (values.has(bare)) return values.get(bare)!;
  return mapNames(expression, (name) => {
    const value = values.get(name);
    if (value === undefined) return name;
    if (isExpression(value)) return `(${value.slice(1).trim()})`;
    return typeof value === "number" && value < 0 ? `(${value})` : literal(value);
  });
}

export function renameIn(expression: string, from: string, to: string): string {
  return mapNames(expression, (name) => (name === from ? to : name));
}

/** A node with all its expressions changed (params, repeat, bypass, mute, pick, alternatives). */
export function mapNodeExpressions(node: DesignNode, change: (expression: string) => Json): DesignNode {
  const { id, position, label, block, group, ...meaning } = node;
  const mapped = mapParams(meaning as Params, change);
  return mapped === (meaning as Params) ? node : ({ ...node, ...mapped } as DesignNode);
}

/** All expressions of a design's graphs changed, except in graphs the filter leaves out. */
export function mapDesignExpressions(
  design: Design,
  change: (expression: string) => Json,
  inGraph: (key: string | null) => boolean = () => true,
): Design {
  let result = design;
  for (const [key] of allGraphs(design)) {
    if (!inGraph(key)) continue;
    result = withGraph(result, key, (graph) => {
      const nodes = graph.nodes.map((node) => mapNodeExpressions(node, change));
      const inputs = graph.inputs.map((port) => {
        if (!port.dims) return port;
        const dims = mapParams(port.dims, change);
        return dims === port.dims ? port : { ...port, dims };
      });
      const outputs = graph.outputs.map((port) => (isExpression(port.weight) ? { ...port, weight: change(port.weight) as number | string } : port));
      return {
        nodes: nodes.every((node, index) => node === graph.nodes[index]) ? graph.nodes : nodes,
        inputs: inputs.every((port, index) => port === graph.inputs[index]) ? graph.inputs : inputs,
        outputs: outputs.every((port, index) => port === graph.outputs[index]) ? graph.outputs : outputs,
      };
    });
  }
  return result;
}

/** Names used by a node's expressions. */
export function namesOfNode(node: DesignNode): Set<string> {
  const { id, position, label, block, group, ...meaning } = node;
  return namesIn(meaning as Params);
}

export interface Use {
  graph: string | null;
  node: string;
  param: string;
}

/** Where a design's variable is used; groups that have a parameter of that name shadow it. */
export function usesOf(design: Design, variable: string): Use[] {
  const uses: Use[] = [];
  for (const [key, graph] of allGraphs(design)) {
    if (key !== null && design.groups?.[key]?.params?.[variable] !== undefined) continue;
    for (const port of graph.inputs)
      if (namesIn(port.dims).has(variable)) uses.push({ graph: key, node: "input", param: port.name });
    for (const port of graph.outputs)
      if (namesIn(port.weight ?? null).has(variable)) uses.push({ graph: key, node: "output", param: port.name });
    for (const node of graph.nodes) {
      const places: Params = { ...(node.params ?? {}) };
      for (const [name, alternative] of Object.entries(node.choice ?? {}))
        for (const [param, value] of Object.entries(alternative.params ?? {})) places[`${name}.${param}`] = value;
      if (node.repeat != null) places.repeat = node.repeat;
      if (node.bypass !== undefined) places.bypass = node.bypass;
      if (node.mute !== undefined) places.mute = node.mute;
      if (node.pick != null) places.pick = node.pick;
      for (const [param, value] of Object.entries(places))
        if (namesIn(value).has(variable)) uses.push({ graph: key, node: node.id, param });
    }
  }
  return uses;
}
