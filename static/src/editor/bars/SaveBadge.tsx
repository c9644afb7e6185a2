import { useState } from "react";
import { type Choice, settleConflict } from "../actions/tabs";
import { useEditor } from "../state/store";
import { autosave } from "../state/session";

/** What has become of the last change, in words. */
export function SaveBadge() {
  const save = useEditor((state) => state.save);
  const designId = useEditor((state) => state.designId);
  switch (save.kind) {
    case "pristine":
      return <span className="ed-save muted">{designId ? "" : "Not stored yet"}</span>;
    case "saved":
      return <span className="ed-save muted">Draft saved</span>;
    case "waiting":
    case "saving":
      return <span className="ed-save muted" aria-busy="true">Saving…</span>;
    case "away":
      return <button type="button" className="badge warn ed-save" title={save.message} onClick={() => void autosave().flush()}>Offline, kept here</button>;
    case "refused":
      return <button type="button" className="badge bad ed-save" title={`${save.message} Click to try again.`} onClick={() => void autosave().flush()}>Not saved</button>;
    case "conflict":
      return null;
  }
}

/** Two tabs, one design: neither overwrites the other silently. */
export function ConflictBar() {
  const kind = useEditor((state) => state.save.kind);
  const [busy, setBusy] = useState(false);
  if (kind !== "conflict") return null;
  const choose = async (choice: Choice): Promise<void> => {
    setBusy(true);
    await settleConflict(choice);
    setBusy(false);
  };
  return (
    <div className="ed-conflict note warn" role="alert">
      <p className="grow">
        <strong>Changed elsewhere.</strong> This design was changed in another tab or by another program. You see your version; it is kept in
        this browser and not stored yet.
      </p>
      <div className="row wrap">
        {CHOICES.map(({ choice, label, what }) => (
          <button key={choice} type="button" className="btn small" title={what} disabled={busy} onClick={() => void choose(choice)}>{label}</button>
        ))}
      </div>
    </div>
  );
}

const CHOICES: { choice: Choice; label: string; what: string }[] = [
  { choice: "theirs", label: "Take theirs", what: "Shows what is stored now; undo brings yours back" },
  { choice: "mine", label: "Keep mine", what: "Yours becomes the draft; theirs is stored as a version" },
  { choice: "both", label: "Mine as a copy", what: "Leaves theirs alone and stores yours as a new design" },
];
