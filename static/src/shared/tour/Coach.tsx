/** One station of the tour: a ring around what is meant, and a card beside it. The page stays in use all the while. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { Icon } from "../ui/icons";
import { type Box, placeCard } from "./place";
import { STATIONS, type Station, leave } from "./progress";
import "./tour.css";

export interface CoachProps {
  station: Station;
  title: string;
  children: ReactNode;
  /** What the station speaks of, looked up anew all the time, as the page changes under it. */
  target: () => Element | null;
  /** It is done; the next one comes in a moment. */
  done: boolean;
  /** The buttons that help on. */
  actions?: ReactNode;
}

const RING = 5;

const boxOf = (element: Element | null): Box | null => {
  const box = element?.getBoundingClientRect();
  return box && box.width > 0 ? { x: box.x, y: box.y, width: box.width, height: box.height } : null;
};

const same = (a: Box | null, b: Box | null): boolean =>
  a === b || (!!a && !!b && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height);

/** Where the target is, followed while it moves, and the element in which the card can be used. */
function useTarget(target: () => Element | null): { box: Box | null; host: Element } {
  const look = useRef(target);
  look.current = target;
  const [found, setFound] = useState<{ box: Box | null; host: Element }>({ box: null, host: document.body });
  useEffect(() => {
    let frame = 0;
    const follow = (): void => {
      const box = boxOf(look.current());
      // All but an open dialog is out of reach of mouse and keyboard, so the card goes into it.
      const host = document.querySelector("dialog[open]") ?? document.body;
      setFound((old) => (same(old.box, box) && old.host === host ? old : { box, host }));
      frame = requestAnimationFrame(follow);
    };
    follow();
    return () => cancelAnimationFrame(frame);
  }, []);
  return found;
}

export function Coach({ station, title, children, target, done, actions }: CoachProps) {
  const card = useRef<HTMLElement>(null);
  const { box, host } = useTarget(target);
  const [place, setPlace] = useState({ x: 0, y: 0 });
  useEffect(() => {
    const size = card.current?.getBoundingClientRect();
    if (size) setPlace(placeCard(box, size, { width: innerWidth, height: innerHeight }));
  }, [box, host, station, done]);
  useJump(card);
  return createPortal(
    <>
      {box && <div className="tour-ring" aria-hidden="true" style={{ left: box.x - RING, top: box.y - RING, width: box.width + 2 * RING, height: box.height + 2 * RING }} />}
      <section className="tour-card" ref={card} aria-label="Tour" data-station={station} data-done={done || undefined} style={{ left: place.x, top: place.y }}>
        <header>
          <span className="tour-at">{STATIONS.indexOf(station) + 1} of {STATIONS.length}</span>
          <button type="button" className="btn quiet small icon" aria-label="Leave the tour" title="Leave; the Help menu takes you back to this place" onClick={leave}><Icon name="cross" /></button>
        </header>
        <div aria-live="polite">
          <h2>{title}</h2>
          <div className="tour-text">{children}</div>
          {done && <p className="tour-done"><Icon name="check" /> Done</p>}
        </div>
        <footer>
          {actions}
          <span className="muted"><kbd>F6</kbd> to and from here</span>
        </footer>
      </section>
    </>,
    host,
  );
}

/** F6, the key that goes from pane to pane, leads to the card and back. */
function useJump(card: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    let before: HTMLElement | null = null;
    const jump = (event: KeyboardEvent): void => {
      if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      if (card.current?.contains(document.activeElement)) before?.focus();
      else {
        before = document.activeElement as HTMLElement | null;
        const [first] = [...(card.current?.querySelectorAll<HTMLElement>("footer button") ?? []), ...(card.current?.querySelectorAll("button") ?? [])];
        first?.focus();
      }
    };
    window.addEventListener("keydown", jump);
    return () => window.removeEventListener("keydown", jump);
  }, [card]);
}
