/** Where the keyboard is: in the work (a row, a node), in the inspector, in one of the bars; and the ways between them. */
import { editor } from "../state/store";

const FOCUSABLE = 'button:not(:disabled), [href], input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]:not([tabindex="-1"])';

let waiting = 0;

/** After what was just done has been drawn; of several, only the last. */
function afterDrawing(run: () => void): void {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => (waiting = requestAnimationFrame(run)));
}

const visible = (element: HTMLElement): boolean => element.checkVisibility();

function firstIn(region: Element | null, selector = FOCUSABLE): HTMLElement | undefined {
  return [...(region?.querySelectorAll<HTMLElement>(selector) ?? [])].find(visible);
}

/** Gives the focus to what is selected: its row in the outline, its node on the canvas; else to the view itself. */
export function focusWork(): void {
  const from = document.activeElement;
  afterDrawing(() => {
    // Who has gone elsewhere meanwhile is left there.
    const now = document.activeElement;
    if (now !== from && now !== document.body) return;
    const stage = document.querySelector<HTMLElement>(".ed-stage");
    const spot = stage?.querySelector<HTMLElement>('.ed-outline-rows [tabindex="0"], .react-flow__node.selected') ?? stage;
    spot?.focus({ preventScroll: true });
  });
}

const FIELDS = { params: ".ed-params-form :is(input, select)", name: ".ed-rename input", repeat: ".ed-repeat input" };

function intoInspector(field: keyof typeof FIELDS): boolean {
  cancelAnimationFrame(waiting);
  const inspector = document.querySelector(".ed-inspector");
  const spot = firstIn(inspector, FIELDS[field]) ?? firstIn(inspector, "input, select") ?? firstIn(inspector);
  spot?.focus();
  if (spot instanceof HTMLInputElement) spot.select();
  return !!spot;
}

/** Opens the inspector at its parameters, at the name, or at how often the node repeats. */
export function focusInspector(field: keyof typeof FIELDS = "params"): void {
  // At once where it is open, so that no letter that follows goes elsewhere.
  if (intoInspector(field)) return;
  editor.getState().set({ inspector: true });
  afterDrawing(() => intoInspector(field));
}

const REGIONS = [".ed-toolbar", ".ed-rail", ".ed-side", ".ed-stage", ".ed-inspector"];

/** Walks from one part of the page to the next: toolbar, side bar, panel, view, inspector. */
export function focusRegion(by: 1 | -1): void {
  const there = REGIONS.filter((selector) => document.querySelector(selector));
  const at = there.findIndex((selector) => document.activeElement?.closest(selector));
  const next = there[(at + by + there.length + (at < 0 && by < 0 ? 1 : 0)) % there.length];
  if (next === ".ed-stage") return focusWork();
  firstIn(document.querySelector(next!))?.focus();
}

/** Takes the focus to a field that is about to be shown, its text selected: what is typed next is meant for it. */
export function focusSoon(id: string): void {
  afterDrawing(() => {
    const field = document.getElementById(id);
    field?.focus();
    if (field instanceof HTMLInputElement) field.select();
  });
}
