import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { type Choice, addChoice, choices, fits, recent } from "../actions/add";
import { searchChoices, ChoiceRow } from "../panels/ChoiceList";
import { focusWork } from "../parts/focus";
import { editor, useEditor } from "../state/store";
import type { QuickAdd as Where } from "../state/types";

const SHOWN = 60;

/** Everything there is, what was used last before the rest. */
function recentFirst(): Choice[] {
  const order = recent();
  const rank = (choice: Choice): number => (order.includes(choice.key) ? order.indexOf(choice.key) : order.length);
  return choices().sort((a, b) => rank(a) - rank(b));
}

/** Search at the pointer: type, Enter adds there; for a dropped wire only what fits it. */
export function QuickAdd() {
  const where = useEditor((state) => state.quickAdd);
  return where ? <Box key={`${where.screen.x},${where.screen.y}`} where={where} /> : null;
}

function Box({ where }: { where: Where }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [all, setAll] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const registry = useEditor((state) => state.registry);
  const everything = useMemo(recentFirst, [registry]);
  const fitting = useMemo(() => everything.filter((one) => (all || fits(one, where.wire)) && (!where.into?.length || one.outputs.length > 0)), [everything, where, all]);
  const found = useMemo(() => searchChoices(fitting, query).slice(0, SHOWN), [fitting, query]);
  const close = () => editor.getState().set({ quickAdd: null });
  const cancel = () => {
    close();
    focusWork();
  };

  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) close();
    };
    // The pointer-up that opened the box is still on its way.
    const timer = setTimeout(() => window.addEventListener("pointerdown", outside, true));
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pointerdown", outside, true);
    };
  }, []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const pick = (index: number) => {
    const choice = found[index];
    if (!choice) return;
    close();
    addChoice(choice, where.at, where.wire, where.into);
    focusWork();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") pick(at);
    else if (event.key === "Escape" || event.key === "Tab") cancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const left = Math.max(8, Math.min(where.screen.x - 20, window.innerWidth - 348));
  const top = Math.max(56, Math.min(where.screen.y - 20, window.innerHeight - 380));
  const shown = found[at];
  return (
    <div className="ed-quick" ref={box} style={{ left, top }} role="dialog" aria-label="Add a block" onKeyDown={onKeyDown}>
      <input
        className="input"
        autoFocus
        placeholder={where.wire && !all ? `What fits ${where.wire.end}` : "Add a block"}
        role="combobox"
        aria-expanded="true"
        aria-label="Search what to add"
        aria-controls="quick-add-list"
        aria-activedescendant={shown ? `quick-${at}` : undefined}
        value={query}
        onChange={(event) => (setQuery(event.target.value), setAt(0))}
      />
      <ul id="quick-add-list" ref={list} role="listbox" aria-label="Matches">
        {found.map((choice, index) => (
          <li
            key={choice.key}
            id={`quick-${index}`}
            role="option"
            aria-selected={index === at}
            className="ed-choice"
            onPointerMove={() => at !== index && setAt(index)}
            onClick={() => pick(index)}
          >
            <ChoiceRow choice={choice} />
          </li>
        ))}
      </ul>
      {!found.length && <p className="ed-quick-none">{registry ? "Nothing matches." : "Fetching the blocks…"}</p>}
      {where.wire && !all && (
        <button type="button" className="btn quiet small" onClick={() => setAll(true)}>Show what does not fit as well</button>
      )}
      {shown && <p className="ed-quick-hint">{shown.hint}</p>}
    </div>
  );
}
