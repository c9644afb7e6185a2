import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { keysOf, useCustomKeys } from "../keys/bindings";
import { showKeys } from "../keys/combo";
import { type Field, search } from "../model/fuzzy";
import { Icon, type IconName } from "../parts/Icon";
import { actionOf } from "../actions/table";
import "./finder.css";

/** Something that can be found and done or gone to. */
export interface Item {
  key: string;
  title: string;
  /** What kind of thing it is, and where. */
  hint: string;
  icon?: IconName;
  fields: Field[];
  run: () => void;
  /** The action whose keys are shown. */
  action?: string;
}

const SHOWN = 80;

interface Props {
  label: string;
  placeholder: string;
  items: readonly Item[];
  onClose: () => void;
  /** Said while nothing has been typed and there is nothing to show. */
  none?: ReactNode;
}

/** A search over the page: type, arrows, Enter; Esc goes back to where one was. */
export function Finder({ label, placeholder, items, onClose, none }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => search(items, query, (one) => one.fields).slice(0, SHOWN), [items, query]);
  // Closed before it leaves the page, so that the browser gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const pick = (index: number) => {
    const item = found[index];
    if (!item) return;
    // The focus goes back first, so that what is done finds the page as it was.
    dialog.current?.close();
    onClose();
    item.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") pick(at);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      className="ed-finder"
      aria-label={label}
      onCancel={(event) => (event.preventDefault(), onClose())}
      onMouseDown={(event) => event.target === dialog.current && onClose()}
      onKeyDown={onKeyDown}
    >
      <input
        className="input"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="finder-list"
        aria-activedescendant={found[at] ? `finder-${at}` : undefined}
        aria-label={label}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        value={query}
        onChange={(event) => (setQuery(event.target.value), setAt(0))}
      />
      <ul id="finder-list" ref={list} role="listbox" aria-label="Matches">
        {found.map((item, index) => (
          <li key={item.key} id={`finder-${index}`} role="option" aria-selected={index === at} onPointerMove={() => at !== index && setAt(index)} onClick={() => pick(index)}>
            {item.icon && <Icon name={item.icon} size={15} />}
            <span className="ed-finder-title">{item.title}</span>
            <span className="ed-finder-hint">{item.hint}</span>
            {item.action && <Keys action={item.action} />}
          </li>
        ))}
      </ul>
      {!found.length && <p className="ed-finder-none" role="status">{query ? `Nothing matches "${query}".` : none}</p>}
    </dialog>
  );
}

function Keys({ action }: { action: string }) {
  const combo = useCustomKeys((state) => keysOf(actionOf(action), state.custom)[0]);
  return combo ? <span className="ed-combo">{showKeys(combo).map((key) => <kbd key={key}>{key}</kbd>)}</span> : null;
}
