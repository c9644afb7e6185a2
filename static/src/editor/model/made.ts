/**
 * What generators made, by the key that names its content: a key always means the same group, so what is once known
 * holds for every design and every state of it. Nothing of it can be edited; it is no part of the document.
 */
import type { Group, GraphKey } from "./types";

const known = new Map<string, Group>();

/** Keys of made groups have this; ids of groups have not. */
const SEPARATOR = "/";

export const isMade = (key: GraphKey | undefined): key is string => typeof key === "string" && key.includes(SEPARATOR);
export const madeGroup = (key: string): Group | undefined => known.get(key);

/** The generator of a made group and what the group is called there. */
export function madeBy(key: string): { generator: string; name: string } {
  const [generator = "", name = ""] = key.split(SEPARATOR);
  return { generator, name };
}

export function keepMade(groups: Record<string, Group>): void {
  for (const [key, group] of Object.entries(groups)) known.set(key, group);
}

/** A made group and those inside it, by key. */
export function madeClosure(key: string): Record<string, Group> {
  const found: Record<string, Group> = {};
  const visit = (one: string): void => {
    const group = known.get(one);
    if (!group || found[one]) return;
    found[one] = group;
    for (const node of group.nodes) for (const part of [node, ...Object.values(node.choice ?? {})]) if (part.group) visit(part.group);
  };
  visit(key);
  return found;
}
