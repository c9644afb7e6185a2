/** Docstrings as people read them. */

/** Text whose lines were broken for the source; empty lines still part paragraphs. */
export const flowing = (text: string): string => text.replace(/([^\n])\n(?!\n)/g, "$1 ");

/** What follows the first sentence, without the words of the source: arrows are arrows, an exception is a refusal. */
export const afterFirst = (doc: string, first: string): string =>
  flowing(doc)
    .slice(first.length)
    .trim()
    .replace(/->/g, "→")
    .replace(/Raises ValueError/g, "Refused")
    .replace(/`/g, "");
