/** The server makes these pages; what has changed of one is fetched as the page it is, and put in its place. */

export async function fetchPage(address: string, signal?: AbortSignal): Promise<Document> {
  const answer = await fetch(address, { ...(signal ? { signal } : {}), headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`The page could not be fetched (${answer.status}).`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

export function takeOver(from: Document, selector: string): void {
  const [old, next] = [document.querySelector(selector), from.querySelector(selector)];
  if (old && next) old.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
}
