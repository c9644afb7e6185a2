/** Key combinations as text, `mod+shift+z`: how events and people write them. */

export const MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey"> & { code?: string };

const MODIFIERS = new Set(["control", "shift", "alt", "meta", "altgraph", "capslock"]);

/** What the letter keys of a Mac give with Option held (`å` for Alt+A) is read from the place of the key instead. */
const plainKey = (press: Press): string =>
  press.altKey && /^(Key|Digit)/.test(press.code ?? "") ? press.code!.replace(/^(Key|Digit)/, "") : press.key === " " ? "space" : press.key;

/** The event as it is written in lists: `mod+shift+z`; "mod" is Ctrl, on a Mac Cmd. */
export function comboOf(press: Press): string {
  const key = plainKey(press).toLowerCase();
  const mod = MAC ? press.metaKey : press.ctrlKey;
  // Characters such as ? and + already carry their Shift.
  const shift = press.shiftKey && (key.length > 1 || /[a-z0-9]/.test(key));
  return [mod && "mod", press.altKey && "alt", shift && "shift", key].filter(Boolean).join("+");
}

/** Is this more than a modifier held down, that is, something that can be bound? */
export const isWhole = (press: Pick<KeyboardEvent, "key">): boolean => !MODIFIERS.has(press.key.toLowerCase());

const WORDS: Record<string, string> = {
  mod: MAC ? "⌘" : "Ctrl",
  alt: MAC ? "⌥" : "Alt",
  shift: "Shift",
  escape: "Esc",
  delete: "Del",
  arrowup: "↑",
  arrowdown: "↓",
  arrowleft: "←",
  arrowright: "→",
  backspace: "⌫",
  enter: "Enter",
  tab: "Tab",
  space: "Space",
};

/** The parts of a combination as they stand on the keys. */
export function showKeys(combo: string): string[] {
  const plus = combo === "+" || combo.endsWith("++");
  const parts = (plus ? combo.slice(0, -1) : combo).split("+").filter(Boolean);
  return [...parts, ...(plus ? ["+"] : [])].map((part) => WORDS[part] ?? part.toUpperCase());
}

/** In a line, for titles: `Ctrl+Z`. */
export const writeKeys = (combo: string): string => showKeys(combo).join("+");
