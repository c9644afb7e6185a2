/** Numbers as people read them, with their unit. */
import type { Json } from "./types";

const STEPS: [number, string][] = [
  [1e12, " T"],
  [1e9, " G"],
  [1e6, " M"],
  [1e3, " k"],
];

const trim = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** 11689512 → "11.7 M"; small counts stay exact. */
export function count(value: number): string {
  const size = Math.abs(value);
  if (size < 10_000) return value.toLocaleString("en-US");
  for (const [step, unit] of STEPS) if (size >= step) return `${trim(value / step)}${unit}`;
  return String(value);
}

/** As short as it gets, for where there is little room: 73728 → "74 k". */
export function short(value: number): string {
  if (Math.abs(value) < 1000) return String(value);
  const [step, unit] = STEPS.find(([size]) => Math.abs(value) >= size)!;
  const scaled = value / step;
  return `${scaled >= 10 ? scaled.toFixed(0) : scaled.toFixed(1)}${unit}`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let size = value / 1024;
  let at = 0;
  while (size >= 1024 && at < units.length - 1) (size /= 1024), at++;
  return `${trim(size)} ${units[at]}`;
}

export const exact = (value: number): string => value.toLocaleString("en-US");

export const shape = (dims: readonly (number | string)[]): string => (dims.length ? dims.join(" × ") : "scalar");
export const tightShape = (dims: readonly (number | string)[]): string => (dims.length ? dims.join("×") : "scalar");

export function value(json: Json | undefined): string {
  if (json === undefined || json === null) return "none";
  if (typeof json === "string") return json;
  if (Array.isArray(json)) return json.map(value).join("×");
  if (typeof json === "boolean") return json ? "yes" : "no";
  return typeof json === "object" ? JSON.stringify(json) : String(json);
}

export function ago(time: string | number | Date, now = Date.now()): string {
  const seconds = Math.max(0, (now - new Date(time).getTime()) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60) || 1} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
