/** Which keys do what: those an action ships with, or those the person has given it. Kept in this browser. */
import { create } from "zustand";

export interface Bindable {
  id: string;
  keys?: readonly string[];
}

/** Keys given by hand, by the action's id; an empty list takes its keys away. */
export type Custom = Readonly<Record<string, readonly string[]>>;

export const keysOf = (action: Bindable, custom: Custom): readonly string[] => custom[action.id] ?? action.keys ?? [];

/** The actions that listen to a combination, apart from `except`. */
export const clashes = <A extends Bindable>(actions: readonly A[], custom: Custom, combo: string, except?: string): A[] =>
  actions.filter((one) => one.id !== except && keysOf(one, custom).includes(combo));

/** With a combination given to one action, and taken from whichever had it. */
export function given<A extends Bindable>(actions: readonly A[], custom: Custom, id: string, combo: string): Custom {
  const next: Record<string, readonly string[]> = { ...custom, [id]: [combo] };
  for (const other of clashes(actions, custom, combo, id)) next[other.id] = keysOf(other, custom).filter((key) => key !== combo);
  return next;
}

/** Without what was given to one action; keys that meanwhile belong to another stay there. */
export function reset<A extends Bindable>(actions: readonly A[], custom: Custom, id: string): Custom {
  const { [id]: _, ...rest } = custom;
  const action = actions.find((one) => one.id === id);
  const own = (action?.keys ?? []).filter((combo) => !clashes(actions, rest, combo, id).length);
  return own.length === (action?.keys ?? []).length ? rest : { ...rest, [id]: own };
}

const STORED = "blockyard.editor.keys";

/** What was stored, if it has the right form; anything else counts as nothing. */
export function readCustom(text: string | null): Custom {
  try {
    const known: unknown = JSON.parse(text ?? "{}");
    if (typeof known !== "object" || known === null) return {};
    return Object.fromEntries(Object.entries(known).filter(([, keys]) => Array.isArray(keys) && keys.every((key) => typeof key === "string")));
  } catch {
    return {};
  }
}

export const useCustomKeys = create<{ custom: Custom }>(() => ({ custom: readCustom(globalThis.localStorage?.getItem(STORED) ?? null) }));

export function setCustomKeys(custom: Custom): void {
  globalThis.localStorage?.setItem(STORED, JSON.stringify(custom));
  useCustomKeys.setState({ custom });
}
