/** What can be done with a run: cancel, resume, repeat with changes, publish, delete. */
import { useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { isActive } from "../shared/run/StateBadge";
import { ShareButton } from "../shared/list/Share";
import { intoTrashAndLeave } from "../shared/list/trash";
import { ProfileForm, type ProfileFormProps } from "../shared/profile/ProfileForm";
import { TrainPanel } from "../shared/train/TrainPanel";
import type { RunCreated, RunDetail, RunRow } from "../shared/types";
import { Dialog } from "../shared/ui/Dialog";
import { Icon } from "../shared/ui/icons";
import { toast } from "../shared/ui/toast";

/** What happens to a run beside leaving the lists, as a sentence. */
export function deletedWith(run: RunRow & { demos?: string[] }): string {
  const stopped = isActive(run.state) ? "It was told to stop; restored, it can go on from its last checkpoint." : "";
  return [stopped, run.demos?.length ? "Its demo is away with it." : ""].filter(Boolean).join(" ");
}

/** What a profile of this run measures: its model once it has one, or what a profile itself was of. */
function profiled(run: RunDetail): Awaited<ReturnType<ProfileFormProps["what"]>> | null {
  if (!run.design || isActive(run.state)) return null;
  if (run.kind !== "profile") return run.state === "done" ? { run: run.id } : null;
  if (run.weights) return run.weights.url ? { run: run.weights.run } : null;
  const data = run.recipe.data;
  return { design_id: run.design.id, version: run.design.version, ...(typeof data === "string" ? { dataset: data } : {}) };
}

export function Actions({ run, onChanged }: { run: RunDetail; onChanged: () => Promise<void> }) {
  const [busy, setBusy] = useState("");
  const [open, setOpen] = useState<"rerun" | "profile" | null>(null);
  const active = isActive(run.state);
  const act = async (name: string, call: () => Promise<unknown>): Promise<void> => {
    setBusy(name);
    try {
      await call();
      await onChanged();
    } catch (error) {
      toast({ kind: "bad", title: `Could not ${name}`, text: messageOf(error) });
    } finally {
      setBusy("");
    }
  };
  const publish = (): Promise<void> =>
    act("publish", async () => {
      const { url } = await api.post<{ slug: string; url: string }>("/api/demos", { run: run.id });
      location.assign(url);
    });
  return (
    <div className="row wrap">
      {active && (
        <button type="button" className="btn" disabled={busy !== "" || run.desired === "cancel"} onClick={() => void act("cancel", () => api.post(`/api/runs/${run.id}/cancel`))}>
          {busy === "cancel" || run.desired === "cancel" ? <span className="spinner" /> : <Icon name="stop" />} {run.desired === "cancel" ? "Cancelling" : "Cancel"}
        </button>
      )}
      {run.resumable && (
        <button type="button" className="btn" disabled={busy !== ""} onClick={() => void act("resume", () => api.post(`/api/runs/${run.id}/resume`))}>
          {busy === "resume" ? <span className="spinner" /> : <Icon name="play" />} Resume
        </button>
      )}
      {run.design?.url && run.dataset?.url && (
        <button type="button" className="btn" onClick={() => setOpen("rerun")}>
          <Icon name="repeat" /> Run again…
        </button>
      )}
      {profiled(run) && (
        <button type="button" className="btn" onClick={() => setOpen("profile")}>
          <Icon name="gauge" /> {run.kind === "profile" ? "Profile again…" : "Profile…"}
        </button>
      )}
      {run.demos.length > 0 ? (
        <a className="btn primary" href={`/d/${run.demos[0]}`}>
          <Icon name="bolt" /> Open the demo
        </a>
      ) : (
        run.state === "done" && (run.kind === "train" || run.result?.onnx) && (
          <button type="button" className="btn primary" data-publish disabled={busy !== ""} onClick={() => void publish()}>
            {busy === "publish" ? <span className="spinner" /> : <Icon name="bolt" />} Publish a demo
          </button>
        )
      )}
      {run.kind === "train" && <ShareButton kind="run" id={run.id} name={run.name} />}
      <button type="button" className="btn quiet icon" aria-label="Delete this run" title="Into the trash" onClick={() => void intoTrashAndLeave({ kind: "run", id: run.id, name: run.name, text: deletedWith(run) }, "/runs/")}>
        <Icon name="trash" />
      </button>
      {open === "rerun" && run.design && run.dataset && (
        <Dialog title="Run again with changes" wide onClose={() => setOpen(null)}>
          <TrainPanel
            design={null}
            designId={run.design.id}
            version={run.design.version}
            dataset={null}
            initialDataset={run.dataset.id}
            recipe={run.recipe}
            weights={run.weights}
            task={run.task}
            action="Start again"
            start={(choice) => api.post<RunCreated>(`/api/runs/${run.id}/rerun`, choice)}
            onStarted={(created) => location.assign(created.url)}
          />
        </Dialog>
      )}
      {open === "profile" && (
        <Dialog title={run.kind === "profile" ? "Profile again" : `Profile ${run.name}`} onClose={() => setOpen(null)}>
          <ProfileForm what={() => Promise.resolve(profiled(run) ?? {})} {...(run.kind === "profile" ? { first: run.recipe as ProfileFormProps["first"] & object } : {})} onStarted={(created) => location.assign(created.url)} />
        </Dialog>
      )}
    </div>
  );
}
