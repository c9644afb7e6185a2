/** The theme: follows the system unless a person chose one. The choice is a cookie, so the server writes it into <html>
 *  and the page never flashes in the wrong one. */

export type Theme = "auto" | "light" | "dark";
const YEAR = 365 * 24 * 3600;
const listeners = new Set<() => void>();

export function theme(): Theme {
  const set = document.documentElement.dataset.theme;
  return set === "light" || set === "dark" ? set : "auto";
}

export function setTheme(next: Theme): void {
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  document.cookie = `theme=${next}; path=/; max-age=${next === "auto" ? 0 : YEAR}; samesite=lax`;
  for (const listener of listeners) listener();
}

/** Calls back whenever colours change, by choice or by the system. Returns what ends it. */
export function onThemeChange(listener: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  listeners.add(listener);
  media.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    media.removeEventListener("change", listener);
  };
}

/** A token as a plain colour for canvases, which know neither var() nor light-dark(). */
export function cssColor(token: string, within: Element = document.body): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  probe.style.display = "none";
  within.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
