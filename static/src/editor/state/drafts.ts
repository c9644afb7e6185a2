/** Drafts this browser keeps until the site has them. Each tab has its own, so that none drops another's. */
import { readDesign } from "../model/parse";
import type { Design } from "../model/types";
import type { EditorState } from "./types";

export interface Kept {
  design: Design;
  /** The number of the site's draft it was made from. */
  base: number;
  at: number;
}

/** What a draft belongs to: a stored design, or a template nobody has changed yet. */
export type Owner = Pick<EditorState, "designId" | "zooId">;

const PREFIX = "blockyard.draft.";
const LOCK = "blockyard.tab.";
const TAB = [...crypto.getRandomValues(new Uint32Array(2))].map((part) => part.toString(36)).join("");

const stem = ({ designId, zooId }: Owner): string => `${PREFIX}${designId ?? `new:${zooId ?? ""}`}.`;

export function keepDraft(owner: Owner, kept: Kept): void {
  try {
    localStorage.setItem(stem(owner) + TAB, JSON.stringify(kept));
  } catch {
    // A full or forbidden storage is no reason to stop; the site still gets the draft.
  }
}

/** The draft this tab keeps. */
export const keptDraft = (owner: Owner): Kept | null => read(stem(owner) + TAB);

export const forgetDraft = (owner: Owner): void => localStorage.removeItem(stem(owner) + TAB);

/** Says for as long as the page lives that its drafts are in hand. */
export function holdTab(): void {
  void globalThis.navigator?.locks?.request(LOCK + TAB, () => new Promise(() => {})).catch(() => {});
}

/** The drafts of tabs that are gone, oldest first; where a browser cannot tell, of all other tabs. */
export async function leftDrafts(owner: Owner): Promise<(Kept & { key: string })[]> {
  const living = new Set<string | undefined>([LOCK + TAB]);
  const locks = await globalThis.navigator?.locks?.query().catch(() => null);
  for (const lock of locks?.held ?? []) living.add(lock.name);
  const start = stem(owner);
  return Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at)!)
    .filter((key) => key.startsWith(start) && !living.has(LOCK + key.slice(start.length)))
    .flatMap((key) => {
      const kept = read(key);
      if (!kept) localStorage.removeItem(key);
      return kept ? [{ ...kept, key }] : [];
    })
    .sort((a, b) => a.at - b.at);
}

export const dropDrafts = (drafts: readonly { key: string }[]): void =>
  drafts.forEach(({ key }) => localStorage.removeItem(key));

function read(key: string): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
    const parsed = readDesign(kept?.design);
    return kept && "design" in parsed ? { ...kept, design: parsed.design } : null;
  } catch {
    return null;
  }
}
