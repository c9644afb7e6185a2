/** Name, tags and note of something, changed where they stand: on its own page and in lists. */
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { api, messageOf } from "../api/client";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toast";
import "./list.css";

export interface Labelled {
  tags: string[];
  note: string;
}

/** Change it on the server; a refusal is said and leaves it as it was. */
async function send<T>(path: string, body: object): Promise<T | null> {
  try {
    return await api.patch<T>(path, body);
  } catch (error) {
    toast({ kind: "bad", title: "That was not saved", text: messageOf(error) });
    return null;
  }
}

interface NameProps<T> {
  name: string;
  /** Where it is changed, and under which field. */
  path: string;
  field?: "name" | "title";
  onChange: (row: T) => void;
  children: ReactNode;
}

/** What shows a name (`children`), with a pencil that makes it a field: Enter keeps, Esc leaves it. */
export function EditableName<T>({ name, path, field = "name", onChange, children }: NameProps<T>) {
  const [text, setText] = useState<string | null>(null);
  const pencil = useRef<HTMLButtonElement>(null);
  const leave = (): void => {
    setText(null);
    requestAnimationFrame(() => pencil.current?.focus());
  };
  const keep = async (): Promise<void> => {
    const wanted = text?.trim() ?? "";
    if (wanted && wanted !== name) {
      const row = await send<T>(path, { [field]: wanted });
      if (!row) return;
      onChange(row);
    }
    leave();
  };
  if (text === null) {
    return (
      <span className="editable">
        {children}
        <button ref={pencil} type="button" className="btn quiet small icon edit" aria-label={`Rename ${name}`} title="Rename" onClick={() => setText(name)}>
          <Icon name="pencil" size={14} />
        </button>
      </span>
    );
  }
  return (
    <input
      className="input name-input"
      aria-label={`Name of ${name}`}
      maxLength={200}
      autoFocus
      value={text}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => onKeys(event, keep, leave)}
      onBlur={() => void keep()}
    />
  );
}

function onKeys(event: KeyboardEvent, keep: () => Promise<void>, leave: () => void): void {
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    void keep();
  } else if (event.key === "Escape") {
    event.preventDefault();
    leave();
  }
}

interface LabelsProps<T> {
  row: Labelled;
  name: string;
  path: string;
  /** Tags that are there already, to choose from. */
  known?: readonly string[];
  /** Filter the list by a tag; without it a tag leads to `list`. */
  onTag?: (tag: string) => void;
  list: string;
  onChange: (row: T) => void;
}

export function Labels<T extends Labelled>({ row, name, path, known = [], onTag, list, onChange }: LabelsProps<T>) {
  const [open, setOpen] = useState<"tag" | "note" | null>(null);
  const [text, setText] = useState("");
  const id = useId();
  const save = async (body: Partial<Labelled>): Promise<boolean> => {
    const changed = await send<T>(path, body);
    if (changed) onChange(changed);
    return changed !== null;
  };
  const begin = (what: "tag" | "note"): void => {
    setText(what === "note" ? row.note : "");
    setOpen(what);
  };
  const leave = (): void => setOpen(null);
  const keepTag = async (): Promise<void> => {
    const tags = text.split(",").map((tag) => tag.trim()).filter(Boolean);
    if (!tags.length || (await save({ tags: [...row.tags, ...tags] }))) leave();
  };
  const keepNote = async (): Promise<void> => {
    if (text.trim() === row.note || (await save({ note: text }))) leave();
  };
  return (
    <div className="labels">
      <div className="labels-tags">
        {row.tags.map((tag) => (
          <span key={tag} className="tag">
            {onTag ? <button type="button" title={`Show what is tagged ${tag}`} onClick={() => onTag(tag)}>{tag}</button> : <a href={`${list}?tag=${encodeURIComponent(tag)}`} title={`Show what is tagged ${tag}`}>{tag}</a>}
            <button type="button" className="edit" aria-label={`Take tag ${tag} off ${name}`} onClick={() => void save({ tags: row.tags.filter((other) => other !== tag) })}>
              <Icon name="cross" size={10} />
            </button>
          </span>
        ))}
        {open === "tag" ? (
          <>
            <input className="input tag-input" aria-label={`New tag of ${name}`} placeholder="tag, tag" maxLength={200} list={id} autoFocus value={text} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => onKeys(event, keepTag, leave)} onBlur={() => void keepTag()} />
            <datalist id={id}>{known.filter((tag) => !row.tags.includes(tag)).map((tag) => <option key={tag} value={tag} />)}</datalist>
          </>
        ) : (
          <button type="button" className="add edit" aria-label={`Tag ${name}`} onClick={() => begin("tag")}><Icon name="plus" size={11} /> Tag</button>
        )}
        {open !== "note" && !row.note && <button type="button" className="add edit" aria-label={`Write a note on ${name}`} onClick={() => begin("note")}><Icon name="plus" size={11} /> Note</button>}
      </div>
      {open === "note" ? (
        <div className="note-edit">
          <textarea className="input" aria-label={`Note on ${name}`} rows={3} maxLength={4000} autoFocus value={text} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) && onKeys(event, keepNote, leave)} />
          <span className="row">
            <button type="button" className="btn small primary" onClick={() => void keepNote()}>Save note</button>
            <button type="button" className="btn small quiet" onClick={leave}>Leave it</button>
          </span>
        </div>
      ) : (
        row.note && <button type="button" className="note-text" title="Change the note" aria-label={`Change the note on ${name}`} onClick={() => begin("note")}>{row.note}</button>
      )}
    </div>
  );
}
