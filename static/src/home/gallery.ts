/** What the gallery shows for a search and a family. Pure. */

import type { Refined, Schemas } from "../shared/types";

export type ZooItem = Refined<Schemas["ZooOut"], { source: { title: string; authors: string; year: number; url?: string } | null }>;

const FAMILY: Record<string, string> = { cnn: "Convolutional", vit: "Vision transformers", transformer: "Transformers", mixer: "MLP mixers", mlp: "MLPs", rnn: "Recurrent", text: "Text" };

export const familyTitle = (family: string): string => FAMILY[family] ?? family.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

export function families(items: readonly ZooItem[]): string[] {
  const counts = new Map<string, number>();
  for (const { family } of items) counts.set(family, (counts.get(family) ?? 0) + 1);
  return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a.localeCompare(b));
}

/** Every word must be found somewhere: in the name, the family, the text, the tags, the paper. */
export function search(items: readonly ZooItem[], query: string, family: string | null, task: string | null = null): ZooItem[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    if ((family && item.family !== family) || (task && item.task !== task)) return false;
    const text = [item.id, item.title, item.family, familyTitle(item.family), item.help, item.task, ...item.tags, item.source?.title, item.source?.authors, item.source?.year].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export type Order = "name" | "params" | "macs" | "year";

/** Unknown figures last, whatever the order. */
export function sorted(items: readonly ZooItem[], order: Order): ZooItem[] {
  const key = (item: ZooItem): number => (order === "year" ? (item.source?.year ?? Infinity) : order === "name" ? 0 : (item[order] ?? Infinity));
  return [...items].sort((a, b) => key(a) - key(b) || a.title.localeCompare(b.title));
}
