/** Begins the tour, or goes on with it. */
import { begin, resume, useTour } from "@shared/tour/progress";
import { editor } from "../state/store";

const NEW = "/designs/new?tour=1";

/** From the beginning: here, when nothing is drawn yet, else on a new design. */
export function startTour(): void {
  const design = editor.getState().design();
  if (design.nodes.length || design.inputs.length) location.assign(NEW);
  else begin();
}

export const tourIsUnderWay = (): boolean => useTour.getState().at !== null;

export function takeTour(): void {
  if (tourIsUnderWay()) resume();
  else startTour();
}

/** `?tour=1`: somebody comes for the tour. Loading the page again goes on with it. */
export function tourFromAddress(): void {
  const address = new URL(location.href);
  if (!address.searchParams.has("tour")) return;
  address.searchParams.delete("tour");
  history.replaceState(history.state, "", address);
  begin();
}
