/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";

import css from "./theme.css?raw";
const tokens = Object.fromEntries([...css.matchAll(/(--[\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g)].map((m) => [m[1], [m[2], m[3]]]));

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

// WCAG AA: 4.5 for text, 3 for lines that carry meaning (borders of inputs, focus, curves).
const TEXT: [string, string[]][] = [
  ["--text", ["--bg", "--surface", "--raised", "--sunken", "--hover"]],
  ["--muted", ["--bg", "--surface", "--raised", "--sunken", "--hover"]],
  ["--accent-text", ["--bg", "--surface", "--accent-soft"]],
  ["--on-accent", ["--accent", "--accent-hover"]],
  ["--ok", ["--surface", "--ok-soft"]],
  ["--warn", ["--surface", "--warn-soft"]],
  ["--bad", ["--bg", "--surface", "--bad-soft"]],
  ["--info", ["--surface", "--info-soft"]],
];
const LINES: [string, string[]][] = [
  ["--line-strong", ["--surface"]],
  ["--accent", ["--bg", "--surface"]],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => [`--series-${n}`, ["--surface"]] as [string, string[]]),
];

describe("contrast", () => {
  for (const [mode, at] of [["light", 0], ["dark", 1]] as const) {
    for (const [list, least] of [[TEXT, 4.5], [LINES, 3]] as const) {
      for (const [front, backs] of list) {
        it.each(backs)(`${mode}: ${front} on %s is at least ${least}`, (back) => {
          expect(contrast(tokens[front]![at]!, tokens[back]![at]!)).toBeGreaterThanOrEqual(least);
        });
      }
    }
  }
});
