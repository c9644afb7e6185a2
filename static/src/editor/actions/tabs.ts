/** One design open in several tabs: none overwrites another's work silently, and nothing is lost. */
import type { Schemas } from "@shared/types";
import { toast } from "@shared/ui/toast";
import { sameDocument } from "../model/parse";
import type { Design } from "../model/types";
import { dropDrafts, forgetDraft, holdTab, leftDrafts } from "../state/drafts";
import * as server from "../state/server";
import { autosave, documentOf } from "../state/session";
import { editor } from "../state/store";
import { attempt, replaceWith, restoreVersion } from "./files";

const state = () => editor.getState();

/** Brings back what was left unsaved, and from then on follows what other tabs store. */
export async function joinTabs(): Promise<void> {
  holdTab();
  await recover();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void catchUp();
  });
}

/** Puts back what tabs that are gone could not store: each as a step, so that undo leads to what the site has. */
async function recover(): Promise<void> {
  const { designId, draftNumber } = state();
  const stored = state().design();
  const left = await leftDrafts(state());
  const unsaved = left.filter(({ design }) => !sameDocument(design, stored));
  const base = Math.min(...unsaved.map((kept) => kept.base));
  const late = designId !== null && base < draftNumber;
  if (late) state().set({ draftNumber: base, save: { kind: "conflict", number: draftNumber, draft: stored } });
  for (const { design } of unsaved)
    state().perform({ type: "replaceDesign", args: { design } }, { label: "recover unsaved work" });
  if (unsaved.length) {
    autosave().keep();
    if (!late) state().notify("Work that had not reached the server was brought back. Undo to see the saved design.");
  }
  dropDrafts(left);
}

/** A tab without work of its own shows what was stored elsewhere since. */
async function catchUp(): Promise<void> {
  const { designId } = state();
  const clean = (): boolean => state().design() === state().acknowledged;
  if (!designId || !clean()) return;
  const detail = await server.design(designId).catch(() => null);
  // Numbers only grow: a lower one was read before this tab's own last save.
  if (!detail || !clean() || detail.draft.number <= state().draftNumber) return;
  if (await attempt(async () => showStored(detail, "changes made elsewhere")))
    state().notify("Shows what was changed elsewhere meanwhile; undo returns to what was here.");
}

/** Shows what the site has, and whether that is something else. */
function showStored(detail: Schemas["DesignDetail"], label: string): boolean {
  const design = documentOf(detail);
  const other = !sameDocument(design, state().design());
  state().set({ draftNumber: detail.draft.number, version: detail.version, save: { kind: "saved", at: Date.now() } });
  if (other) replaceWith(design, label);
  state().set({ acknowledged: state().design(), save: { kind: "saved", at: Date.now() } });
  forgetDraft(state());
  return other;
}

export type Choice = "theirs" | "mine" | "both";

/** Somebody stored something else first: what shall become of the two is a person's choice, and neither is lost. */
export async function settleConflict(choice: Choice): Promise<void> {
  const { designId, save } = state();
  if (save.kind !== "conflict" || !designId) return;
  await attempt(() => ({ theirs: takeTheirs, mine: keepMine, both: keepBoth })[choice](designId, save));
}

async function takeTheirs(designId: string): Promise<void> {
  showStored(await server.design(designId), "take the other tab's draft");
}

async function keepMine(designId: string, { number, draft }: server.Newer): Promise<void> {
  let base = number;
  if (draft) {
    const body = { design: draft as Design, name: "Draft that was replaced", base };
    const saved = await server.saveVersion(designId, body);
    base = saved.draft_number;
    state().set({ version: saved.version });
    state().notify(`Yours is the draft now; the other one is version ${saved.version}.`, "good");
  }
  state().set({ draftNumber: base, save: { kind: "waiting" } });
  await autosave().flush();
}

async function keepBoth(): Promise<void> {
  const design = state().design();
  const name = `${design.name} (copy)`;
  const made = await server.createDesign({ design: { ...design, name }, name });
  forgetDraft(state());
  // What is shown has a place of its own now; leaving keeps nothing of it.
  state().set({ acknowledged: design });
  location.assign(`/designs/${made.id}`);
}

/** People come from a run with the version it trained: if the draft computes something else, that is said. */
export async function offerVersion(number: number): Promise<void> {
  const { designId } = state();
  if (!designId || !number) return;
  const row = await server.version(designId, number).catch(() => null);
  if (!row || sameDocument(bare(row.design), bare(state().design()))) return;
  toast({
    kind: "info",
    title: `This is the draft, not version ${number}`,
    text: "It has been changed since.",
    action: { label: `Bring back version ${number}`, run: () => void restoreVersion(number) },
    seconds: 30,
  });
}

/** A document without what is not computed: names, words and places. */
const bare = (design: object): unknown =>
  JSON.parse(JSON.stringify({ ...design, name: "", description: "" }, (key, value: unknown) => (key === "position" ? undefined : value)));
