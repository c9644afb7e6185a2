import { useState } from "react";
import { startedRun } from "@shared/tour/progress";
import { ProfileForm } from "@shared/profile/ProfileForm";
import { TrainPanel } from "@shared/train/TrainPanel";
import { Dialog } from "@shared/ui/Dialog";
import { saveVersion } from "../actions/files";
import { Commands, FindNode } from "../finder/Finders";
import { focusWork } from "../parts/focus";
import { forgetDraft } from "../state/drafts";
import { findProfiles } from "../state/profiling";
import { autosave, chooseDataset } from "../state/session";
import { editor, useEditor } from "../state/store";
import { Connect } from "./Connect";
import { Imported } from "./Imported";
import { Keys } from "./Keys";
import { Transform } from "./Transform";

const close = () => editor.getState().set({ dialog: null });

/** The list was opened from a node or row, which is where one goes on. */
const closeToWork = () => {
  close();
  focusWork();
};

export function Dialogs() {
  const dialog = useEditor((state) => state.dialog);
  if (dialog === "keys") return <Keys onClose={close} />;
  if (dialog === "commands") return <Commands onClose={close} />;
  if (dialog === "find") return <FindNode onClose={close} />;
  if (dialog === "save") return <Save />;
  if (dialog === "train") return <Train />;
  if (dialog === "profile") return <Profile />;
  if (dialog === "imported") return <Imported onClose={close} />;
  if (dialog === "transform") return <Transform onClose={closeToWork} />;
  if (dialog === "connect") return <Connect onClose={closeToWork} />;
  return null;
}

function Save() {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    if (await saveVersion(name.trim())) close();
    setBusy(false);
  };
  return (
    <Dialog title="Save a version" onClose={close} footer={<button type="submit" form="save-version" className="btn primary" disabled={busy}>{busy && <span className="spinner" />} Save version</button>}>
      <form
        id="save-version"
        className="field"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <label htmlFor="version-name">Name, if it should have one</label>
        <input id="version-name" className="input" autoFocus value={name} placeholder="wider first layer" onChange={(event) => setName(event.target.value)} />
        <span className="hint">The draft saves itself all the time; a version is a state to come back to.</span>
      </form>
    </Dialog>
  );
}

function Train() {
  const design = useEditor((state) => state.history.design);
  const designId = useEditor((state) => state.designId);
  const dataset = useEditor((state) => state.dataset);
  const issues = useEditor((state) => state.report?.errors);
  const errors = issues?.filter((issue) => issue.severity !== "warning");
  const empty = !design.nodes.length;
  const blocked = empty
    ? "The design is empty: add blocks first."
    : errors?.length
      ? `The design has ${errors.length} fault${errors.length === 1 ? "" : "s"}; the first: ${errors[0]!.path ? `${errors[0]!.path}: ` : ""}${errors[0]!.message}`
      : null;
  return (
    <Dialog title={`Train ${design.name}`} onClose={close}>
      <TrainPanel
        design={design}
        designId={designId}
        dataset={dataset}
        onDataset={chooseDataset}
        task={design.task ?? null}
        blocked={blocked}
        save={async () => {
          await autosave().flush();
          const id = editor.getState().designId;
          if (!id) throw new Error("The design could not be stored, so it cannot be trained yet.");
          return id;
        }}
        onStarted={(run) => {
          // The site has stored what it trains; nothing is left to bring back.
          editor.getState().set({ acknowledged: editor.getState().design() });
          forgetDraft(editor.getState());
          startedRun(run.url);
          location.assign(run.url);
        }}
      />
    </Dialog>
  );
}

function Profile() {
  const name = useEditor((state) => state.history.design.name);
  const ready = useEditor((state) => !!state.report?.hash);
  const batch = useEditor((state) => state.profiling.batch);
  const what = async () => {
    const version = await saveVersion("");
    const { designId, dataset } = editor.getState();
    if (!version || !designId) throw new Error("The design could not be stored, so it cannot be profiled yet.");
    return { design_id: designId, version, ...(dataset ? { dataset } : {}) };
  };
  return (
    <Dialog title={`Profile ${name}`} onClose={close}>
      <ProfileForm
        what={what}
        first={{ batches: [...new Set([1, batch, 8])].sort((a, b) => a - b) }}
        blocked={ready ? null : "A design is measured when it has no errors."}
        onStarted={({ id, url }) => {
          const { profiling, set } = editor.getState();
          set({ dialog: null, panel: "cost", profiling: { ...profiling, under: { id, url, text: "waits until nothing else runs" } } });
          void findProfiles();
        }}
      />
    </Dialog>
  );
}
