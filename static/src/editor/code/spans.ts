/** Which lines of the generated file are about which nodes. */
import type { Schemas } from "@shared/types";

export type Span = Schemas["CodeSpan"];

/** By path, and by line: the lines of every node, and the paths of every line, both counted from 1. */
export interface CodeMap {
  lines: ReadonlyMap<string, ReadonlySet<number>>;
  paths: ReadonlyMap<number, readonly string[]>;
}

export function mapOf(spans: readonly Span[]): CodeMap {
  const lines = new Map<string, Set<number>>();
  const paths = new Map<number, string[]>();
  for (const { path, start, end } of spans) {
    const own = lines.get(path) ?? new Set<number>();
    lines.set(path, own);
    for (let line = start; line <= end; line++) {
      if (own.has(line)) continue;
      own.add(line);
      const all = paths.get(line);
      all ? all.push(path) : paths.set(line, [path]);
    }
  }
  return { lines, paths };
}

/** The lines of some nodes of the graph at `place`, `layer1.0` or empty at the top. */
export function linesAbout(map: CodeMap, place: string, ids: Iterable<string>): Set<number> {
  const found = new Set<number>();
  for (const id of ids) for (const line of map.lines.get(place ? `${place}.${id}` : id) ?? []) found.add(line);
  return found;
}

/**
 * The nodes of the graph at `place` that a line is about: those it names, or else those that hold what it names
 * (a line inside a group's class is about every instance of that group).
 */
export function nodesAbout(map: CodeMap, place: string, line: number): Set<string> {
  const named = new Set<string>();
  const holding = new Set<string>();
  const prefix = place ? `${place}.` : "";
  for (const path of map.paths.get(line) ?? []) {
    if (!path.startsWith(prefix)) continue;
    const [id, ...inner] = path.slice(prefix.length).split(".");
    if (id) (inner.length ? holding : named).add(id);
  }
  return named.size ? named : holding;
}

/** Highlighted text as lines; the highlighter ends its marks with each of them. */
export const htmlLines = (html: string): string[] => html.replace(/\n$/, "").split("\n");
