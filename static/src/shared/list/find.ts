/** What a list is narrowed to, as its page's address says it. */

export type Found = Record<string, string>;

/** The filters of an address, of those that the list knows; empty ones are none. */
export function fromAddress(search: string, known: readonly string[]): Found {
  const asked = new URLSearchParams(search);
  const found: Found = {};
  for (const name of known) {
    const value = asked.get(name)?.trim();
    if (value) found[name] = value;
  }
  return found;
}

/** The address's query with these filters; what else it says stays. */
export function toAddress(search: string, known: readonly string[], find: Found): string {
  const asked = new URLSearchParams(search);
  for (const name of known) {
    if (find[name]) asked.set(name, find[name]);
    else asked.delete(name);
  }
  const text = asked.toString();
  return text ? `?${text}` : "";
}

/** A fresh first page above the rows that were loaded before: what follows its last row still follows it. */
export function join<T>(fresh: readonly T[], old: readonly T[], key: (row: T) => string): T[] {
  const last = fresh.at(-1);
  const at = last === undefined ? -1 : old.findIndex((row) => key(row) === key(last));
  const shown = new Set(fresh.map(key));
  return at < 0 ? [...fresh] : [...fresh, ...old.slice(at + 1).filter((row) => !shown.has(key(row)))];
}
