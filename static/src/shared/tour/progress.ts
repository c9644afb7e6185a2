/** How far a person has come in the tour. Kept in this browser: it goes on over pages, reloads and days. */
import { create } from "zustand";

/** The stations in order; the last two lie on the page of the run. */
export const STATIONS = ["open", "look", "change", "break", "mend", "data", "train", "start", "watch", "trained"] as const;
export type Station = (typeof STATIONS)[number];

export interface Progress {
  /** Where one is; null when the tour has not been begun, or is over. */
  at: Station | null;
  /** Is it shown? One may leave it and come back to the same station. */
  shown: boolean;
  /** The page of the run that was started in it. */
  run: string | null;
}

const STORED = "blockyard.tour";
const NONE: Progress = { at: null, shown: false, run: null };

export function readProgress(text: string | null): Progress {
  try {
    const found = JSON.parse(text ?? "{}") as Partial<Progress>;
    return found.at && STATIONS.includes(found.at) ? { ...NONE, ...found } : NONE;
  } catch {
    return NONE;
  }
}

const remembered = (): string | null => {
  try {
    return globalThis.localStorage?.getItem(STORED) ?? null;
  } catch {
    return null;
  }
};

export const useTour = create<Progress>(() => readProgress(remembered()));

function keep(patch: Partial<Progress>): void {
  useTour.setState(patch);
  try {
    globalThis.localStorage?.setItem(STORED, JSON.stringify(useTour.getState()));
  } catch {
    // Where nothing may be stored the tour lasts as long as the page.
  }
}

export const begin = (): void => keep({ at: "open", shown: true, run: null });
export const leave = (): void => keep({ shown: false });
export const finish = (): void => keep(NONE);

/** Comes back to where it was left; true when that is on another page, which is being opened. */
export function resume(): boolean {
  const { at, run } = useTour.getState();
  keep({ at: at ?? "open", shown: true });
  const elsewhere = isOfRun(at) && run !== null && location.pathname !== run;
  if (elsewhere) location.assign(run);
  return elsewhere;
}

export const isOfRun = (at: Station | null): boolean => at === "watch" || at === "trained";

/** On to the station after `from`; nothing happens when one is not there any more. */
export function pass(from: Station): void {
  if (useTour.getState().at === from) keep({ at: STATIONS[STATIONS.indexOf(from) + 1] ?? null });
}

export const goTo = (at: Station): void => keep({ at });

/** A training was started; when that was asked for, the tour goes on at its page. */
export function startedRun(url: string): void {
  const { at, shown } = useTour.getState();
  if (shown && at && !isOfRun(at)) keep({ at: "watch", run: new URL(url, location.origin).pathname });
}
