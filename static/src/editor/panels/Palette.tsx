import { type KeyboardEvent, useMemo, useState } from "react";
import { helpOnChoice, openHelp } from "../actions/help";
import { type Choice, addNext, choices } from "../actions/add";
import { capital } from "../model/format";
import { DRAG_TYPE } from "../canvas/drop";
import { Icon } from "../parts/Icon";
import { useEditor } from "../state/store";
import { ChoiceRow, searchChoices } from "./ChoiceList";

function grouped(list: Choice[]): [string, Choice[]][] {
  const families = new Map<string, Choice[]>();
  for (const one of list) families.set(one.family, [...(families.get(one.family) ?? []), one]);
  const last = ["ports"];
  const first = ["groups of this design"];
  const rank = (name: string): number => (first.includes(name) ? 0 : last.includes(name) ? 2 : 1);
  return [...families].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

const CLOSED = "blockyard.editor.closed";
const closedFamilies = (): Set<string> => {
  try {
    return new Set(JSON.parse(localStorage.getItem(CLOSED) ?? "[]") as string[]);
  } catch {
    return new Set();
  }
};

/** All blocks by family, with search; drag one out, or double-click, or press Enter. */
export function Palette() {
  const registry = useEditor((state) => state.registry);
  const error = useEditor((state) => state.registryError);
  const groups = useEditor((state) => state.history.design.groups);
  const graph = useEditor((state) => state.place.graph);
  const [query, setQuery] = useState("");
  const [closed, setClosed] = useState(closedFamilies);
  const [about, setAbout] = useState<Choice | null>(null);
  // What choices() reads from the store is named here, so the list is made anew only when that changes.
  const all = useMemo(() => choices(), [registry, groups, graph]);
  const found = useMemo(() => searchChoices(all, query), [all, query]);

  const toggle = (family: string) => {
    const next = new Set(closed);
    if (!next.delete(family)) next.add(family);
    setClosed(next);
    localStorage.setItem(CLOSED, JSON.stringify([...next]));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>(".ed-choice")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    (event.key === "ArrowDown" ? items[Math.min(at + 1, items.length - 1)] : items[at - 1])?.focus();
    if (event.key === "ArrowUp" && at <= 0) event.currentTarget.querySelector("input")?.focus();
  };
  const row = (choice: Choice) => (
    <li key={choice.key} className="ed-choice-line">
      <button
        type="button"
        className="ed-choice"
        draggable
        data-choice={choice.key}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_TYPE, choice.key);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onDoubleClick={() => addNext(choice)}
        onKeyDown={(event) => event.key === "Enter" && (event.preventDefault(), addNext(choice))}
        onMouseEnter={() => setAbout(choice)}
        onFocus={() => setAbout(choice)}
        title={choice.hint}
      >
        <ChoiceRow choice={choice} tags={!!query} />
      </button>
      {helpOnChoice(choice.key) && (
        <button type="button" className="btn quiet icon small ed-choice-help" tabIndex={-1} aria-label={`Help on ${choice.title}`} title="Help (F1)" onClick={() => openHelp(helpOnChoice(choice.key))}>
          <Icon name="help" size={14} />
        </button>
      )}
    </li>
  );
  return (
    <div className="ed-palette" onKeyDown={onKeyDown}>
      <div className="search">
        <Icon name="search" />
        <input
          className="input"
          type="search"
          placeholder="Search blocks, tags, papers"
          aria-label="Search blocks"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && found[0] && addNext(found[0])}
        />
      </div>
      {error && <p className="note bad">Blocks cannot be fetched: {error} Reload the page to try again.</p>}
      {!registry && !error && <div className="stack">{Array.from({ length: 8 }, (_, at) => <div key={at} className="skeleton" style={{ height: 26 }} />)}</div>}
      <div className="ed-choices">
        {query ? (
          <ul>{found.map(row)}</ul>
        ) : (
          grouped(found).map(([family, list]) => (
            <section key={family}>
              <button type="button" className="ed-family" aria-expanded={!closed.has(family)} onClick={() => toggle(family)}>
                <Icon name="enter" size={12} /> {capital(family)} <span className="muted">{list.length}</span>
              </button>
              {!closed.has(family) && <ul>{list.map(row)}</ul>}
            </section>
          ))
        )}
        {registry && !found.length && <p className="empty">Nothing matches "{query}".</p>}
      </div>
      <p className="ed-about" aria-live="off">
        {about ? (
          <>
            <strong>{about.title}</strong> {about.hint}
            {about.entry?.source && <em> {about.entry.source.authors}, {about.entry.source.year}</em>}
          </>
        ) : (
          <>Drag a block onto the canvas, or double-click it to add it after the selected node.</>
        )}
      </p>
    </div>
  );
}
