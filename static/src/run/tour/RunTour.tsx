/** The end of the tour, on the page of the run that was started in it. */
import { useEffect } from "react";
import { headline } from "../../shared/run/progress";
import { isActive } from "../../shared/run/StateBadge";
import { Coach } from "../../shared/tour/Coach";
import { finish, pass, useTour } from "../../shared/tour/progress";
import type { RunDetail } from "../../shared/types";

const CURVE = 'figure[aria-label^="Accuracy"], .run-progress';

export default function RunTour({ run }: { run: RunDetail }) {
  const at = useTour((state) => state.at);
  const trained = run.state === "done";
  useEffect(() => {
    if (at === "watch" && trained) pass("watch");
  }, [at, trained]);
  const end = <button type="button" className="btn small primary" onClick={finish}>{trained ? "Finish" : "End the tour"}</button>;
  if (at === "watch")
    return (
      <Coach station="watch" title={isActive(run.state) ? "Watch it learn" : "It came to nothing this time"} target={() => document.querySelector(CURVE)} done={trained} actions={!isActive(run.state) && end}>
        {isActive(run.state) ? (
          <p>The curves are drawn while it trains: loss goes down, accuracy goes up. You may close this page meanwhile; the training goes on.</p>
        ) : (
          <p>The page says why the run ended. Start it again from here, or go back to the design.</p>
        )}
      </Coach>
    );
  if (at !== "trained") return null;
  const figure = headline(run);
  return (
    <Coach station="trained" title="You have trained a network" target={() => document.querySelector("[data-publish]")} done={false} actions={end}>
      {figure && <p>{figure.label}: <b>{figure.text}</b>, on pictures it has never seen.</p>}
      <p>Publish it as a demo and draw a digit with the mouse; or go back to the design, change something, and see whether it gets better.</p>
    </Coach>
  );
}
