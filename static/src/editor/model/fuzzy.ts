/** Fuzzy search: letters in order, better when they start words, stand together, or stand early. */

export function score(query: string, text: string): number {
  const q = query.toLowerCase();
  const t = text.toLowerCase();
  if (!q) return 1;
  const whole = t.indexOf(q);
  if (whole >= 0) return 100 - Math.min(whole, 30) + (whole === 0 || /[^a-z0-9]/.test(t[whole - 1]!) ? 40 : 0) + (t.length === q.length ? 40 : 0);
  let at = -1;
  let total = 0;
  for (const letter of q) {
    const next = t.indexOf(letter, at + 1);
    if (next < 0) return 0;
    const starts = next === 0 || /[^a-z0-9]/.test(t[next - 1]!);
    total += starts ? 8 : next === at + 1 ? 5 : 1;
    at = next;
  }
  // Letters scattered over a long sentence are no match.
  return total / q.length >= 2.2 ? total / (1 + t.length / 40) : 0;
}

export interface Field {
  text: string;
  weight: number;
  /** Of a long text only words as they stand, no scattered letters. */
  plain?: boolean;
}

const scoreField = (word: string, field: Field): number =>
  field.plain && !field.text.toLowerCase().includes(word.toLowerCase()) ? 0 : score(word, field.text) * field.weight;

/** The items that match every word of the query, best first; ties keep their order. */
export function search<T>(items: readonly T[], query: string, fields: (item: T) => Field[]): T[] {
  const words = query.trim().split(/\s+/).filter(Boolean);
  if (!words.length) return [...items];
  const scored: { item: T; total: number }[] = [];
  for (const item of items) {
    const texts = fields(item);
    let total = 0;
    for (const word of words) {
      const best = Math.max(0, ...texts.map((field) => scoreField(word, field)));
      if (best <= 0) {
        total = 0;
        break;
      }
      total += best;
    }
    if (total > 0) scored.push({ item, total });
  }
  return scored.sort((a, b) => b.total - a.total).map((one) => one.item);
}
