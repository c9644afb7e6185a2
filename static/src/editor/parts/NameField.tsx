import { useId, useState } from "react";

interface Props {
  label: string;
  value: string;
  /** A sentence when the name cannot be used. */
  problem: (name: string) => string | null;
  onCommit: (name: string) => void;
  hideLabel?: boolean;
  mono?: boolean;
  className?: string;
  placeholder?: string;
}

/** A name that is taken over when it is finished (Enter, leaving the field), not with each letter. */
export function NameField({ label, value, problem, onCommit, hideLabel = false, mono = true, className = "", placeholder }: Props) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft ?? value;
  const wrong = draft !== null && draft !== value ? problem(draft.trim()) : null;
  const finish = () => {
    const name = text.trim();
    if (draft !== null && !wrong && name !== value) onCommit(name);
    setDraft(null);
  };
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id} className={hideLabel ? "visually-hidden" : undefined}>{label}</label>
      <input
        id={id}
        className={`input ${mono ? "mono" : ""}`}
        value={text}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={!!wrong}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={finish}
        onKeyDown={(event) => {
          if (event.key === "Enter") finish();
          if (event.key === "Escape") setDraft(null);
        }}
      />
      {wrong && <p className="fault">{wrong}</p>}
    </div>
  );
}
