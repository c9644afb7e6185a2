import { settleConflict } from "../actions/files";
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
  if (kind !== "conflict") return null;
  return (
    <div className="ed-conflict note warn" role="alert">
      <p className="grow"><strong>Changed elsewhere.</strong> This design was changed in another tab or by another program. Your version is safe here.</p>
      <button type="button" className="btn small" onClick={() => settleConflict("theirs")}>Take theirs</button>
      <button type="button" className="btn small" onClick={() => settleConflict("mine")}>Keep mine</button>
    </div>
  );
}
