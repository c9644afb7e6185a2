import { useEffect, useMemo, useRef } from "react";
import { Coach } from "@shared/tour/Coach";
import { STATIONS, goTo, pass, useTour } from "@shared/tour/progress";
import { useEditor } from "../state/store";
import { type Aim, aimAt } from "./aim";
import { type Stop, STOPS } from "./stops";

/** Long enough to see what one has done before the next thing is asked. */
const PAUSE_MS = 900;
const NOWHERE: Aim = { widen: { node: "", param: "", label: "" }, misfit: { node: "", param: "", label: "" } };

/** The tour's station in the editor, if it is at one. */
export default function Tour() {
  const at = useTour((state) => state.at);
  const ready = useEditor((state) => state.registry !== null);
  const stop = STOPS.find((one) => one.station === at);
  return stop && ready ? <At key={stop.station} stop={stop} /> : null;
}

function At({ stop }: { stop: Stop }) {
  const state = useEditor((all) => all);
  const began = useRef(state);
  const { design } = state.history;
  const aim = useMemo(() => aimAt(design, state.registry) ?? NOWHERE, [design, state.registry]);
  const stands = stop.needs?.(state) ?? true;
  const done = stands && stop.done(state, began.current, aim);
  useEffect(() => {
    stop.begin?.(aim);
  }, [stop]);
  useEffect(() => {
    if (!stands) goTo(STATIONS[STATIONS.indexOf(stop.station) - 1]!);
  }, [stands, stop]);
  useEffect(() => {
    if (!done) return;
    // Whoever is still typing is not interrupted.
    const timer = setTimeout(() => pass(stop.station), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [done, design, stop]);
  return (
    <Coach
      station={stop.station}
      title={stop.title}
      target={() => document.querySelector(stop.target(state, aim))}
      done={done}
      actions={stop.doIt && !done && <button type="button" className="btn small" onClick={() => stop.doIt?.(aim)}>Do it for me</button>}
    >
      {stop.text(state, aim)}
    </Coach>
  );
}
