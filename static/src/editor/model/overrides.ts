/** What is different at single instances: which overrides hold at a path, and what they do, in words. */
import { value } from "./format";
import type { Command } from "./commands";
import type { Design, Override } from "./types";

export const STAR = "*";

/** Does an override's path name this one? */
export function fits(at: string, path: string): boolean {
  const pattern = at.split(".");
  const parts = path.split(".");
  return pattern.length === parts.length && pattern.every((one, index) => one === STAR || one === parts[index]);
}

/** What holds at a path, in the order of the document; where two set the same, the later one does. */
export const overridesAt = (design: Design, path: string): Override[] => (design.overrides ?? []).filter((one) => fits(one.at, path));

/** Does an override put something else in the node's place? */
export const replaces = (one: Override): boolean => !!(one.block || one.group || one.generator);

/** What stands in the place of the node at a path, where an override says so. */
export const replacementAt = (design: Design, path: string): Override | undefined => overridesAt(design, path).findLast(replaces);

/** What differs at a path, in words; of a node that is repeated, at its repetitions as well. Empty where nothing does. */
export function differencesAt(design: Design, path: string, repeated: boolean): string {
  const depth = path.split(".").length;
  const words = (one: Override): string[] => {
    if (fits(one.at, path)) return wordsOf(one);
    const parts = one.at.split(".");
    if (!repeated || parts.length !== depth + 1 || !fits(parts.slice(0, depth).join("."), path)) return [];
    const which = parts[depth] === STAR ? "each repetition" : `repetition ${Number(parts[depth]) + 1}`;
    return [`${which}: ${wordsOf(one).join(", ")}`];
  };
  return (design.overrides ?? []).flatMap(words).join(", ");
}

const SKIPPED = new Set(["at", "params"]);

/** What an override changes, in words: `width 5`, `bypassed`, `gelu in its place`. */
export function wordsOf(override: Partial<Override>): string[] {
  const what = override.block ?? override.group ?? override.generator;
  const params = Object.entries(override.params ?? {}).map(([name, one]) => `${name.replace(/_/g, " ")} ${value(one)}`);
  const switches = (["bypass", "mute"] as const)
    .filter((name) => override[name] !== undefined && override[name] !== null)
    .map((name) => (typeof override[name] === "string" ? `${name} ${override[name]}` : override[name] ? { bypass: "bypassed", mute: "muted" }[name] : `no ${name}`));
  return [...(what ? [`${what} in its place`] : []), ...params, ...switches];
}

/** Whether nothing is left that an override would change. */
export const isIdle = (override: Override): boolean => {
  const rest = Object.entries(override).filter(([name, one]) => !SKIPPED.has(name) && one !== null && one !== undefined);
  return !rest.length && !Object.keys(override.params ?? {}).length;
};

const REMOVES = new Set<Command["type"]>(["removeNodes", "setNode", "setAlternative", "settleChoice"]);

/** In words, which overrides a removal took along because what they name is gone; empty where none. */
export function lostOverrides(command: Command, before: Design, after: Design): string {
  const all = command.type === "batch" ? command.args.commands : [command];
  if (before.overrides === after.overrides || !all.some((one) => REMOVES.has(one.type))) return "";
  const lost = (before.overrides ?? []).filter((one) => !after.overrides?.includes(one));
  if (!lost.length) return "";
  return `What differed at ${lost.map((one) => one.at).join(", ")} is gone with the node. Undo brings both back.`;
}
