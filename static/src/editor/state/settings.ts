/** How the editor handles, as this person likes it; kept in this browser. */
import { create } from "zustand";

export interface Settings {
  /** What a drag on the empty canvas does; Shift or Space with it does the other. */
  drag: "pan" | "select";
  /** What the wheel does; "auto" zooms by a mouse's wheel and pans by two fingers on a trackpad. */
  wheel: "auto" | "zoom" | "pan";
  /** Nodes keep to the grid while dragged; Alt lets them free. */
  snap: boolean;
  /** Lines show, and hold, where a dragged node is in line with its neighbours. */
  guides: boolean;
}

const DEFAULTS: Settings = { drag: "pan", wheel: "auto", snap: true, guides: true };
const STORED = "blockyard.editor.settings";

function stored(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(globalThis.localStorage?.getItem(STORED) ?? "{}") as Partial<Settings>) };
  } catch {
    return DEFAULTS;
  }
}

export const useSettings = create<Settings>(stored);

export function setSettings(patch: Partial<Settings>): void {
  useSettings.setState(patch);
  globalThis.localStorage?.setItem(STORED, JSON.stringify(useSettings.getState()));
}
