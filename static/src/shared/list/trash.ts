/** Into the trash at once, with a way back: no question before, "Undo" after. */
import { api, messageOf } from "../api/client";
import type { Schemas } from "../types";
import { toast } from "../ui/toast";

export type TrashKind = Schemas["TrashRow"]["kind"];

export interface Gone {
  kind: TrashKind;
  id: string;
  name: string;
  /** What happened to what depends on it. */
  text?: string;
}

const PATHS: Record<TrashKind, string> = { design: "/api/designs", run: "/api/runs", dataset: "/api/datasets", demo: "/api/demos" };
const KEY = "blockyard.undo";
const SECONDS = 12;

/** Put it into the trash and offer to undo that; `onBack` runs when it is back. Says why where it does not work. */
export async function intoTrash(gone: Gone, onGone: () => void, onBack: () => void): Promise<void> {
  try {
    await api.delete(`${PATHS[gone.kind]}/${gone.id}`);
  } catch (error) {
    toast({ kind: "bad", title: `Could not delete ${gone.name}`, text: messageOf(error) });
    return;
  }
  onGone();
  offerUndo(gone, onBack);
}

/** The same from the page of the thing itself, which goes: the list that comes next offers the undo. */
export async function intoTrashAndLeave(gone: Gone, address: string): Promise<void> {
  await intoTrash(
    gone,
    () => {
      try {
        sessionStorage.setItem(KEY, JSON.stringify(gone));
      } catch {
        /* Then the trash page is the way back. */
      }
      location.assign(address);
    },
    () => undefined,
  );
}

/** On a list: offer to undo what the page before has put into the trash. */
export function showUndo(onBack: () => void): void {
  try {
    const stored = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (stored) offerUndo(JSON.parse(stored) as Gone, onBack);
  } catch {
    /* Nothing to offer. */
  }
}

function offerUndo(gone: Gone, onBack: () => void): void {
  const back = async (): Promise<void> => {
    try {
      await api.post(`/api/trash/${gone.kind}/${gone.id}/restore`);
      onBack();
      toast({ kind: "ok", title: `${gone.name} is back` });
    } catch (error) {
      toast({ kind: "bad", title: `Could not restore ${gone.name}`, text: messageOf(error), action: { label: "Open the trash", href: "/trash/" } });
    }
  };
  toast({ kind: "ok", title: `${gone.name} is in the trash`, text: gone.text ?? "", seconds: SECONDS, action: { label: "Undo", run: () => void back() } });
}
