/** Designs in and out of the editor: files, templates, versions. */
import { messageOf } from "@shared/api/client";
import { writeDesign, readDesign } from "../model/parse";
import { placed } from "../layout/place";
import type { Design } from "../model/types";
import * as server from "../state/server";
import { newerOf } from "../state/server";
import { editor } from "../state/store";
import { autosave } from "../state/session";

const state = () => editor.getState();

const fileName = (name: string, ending: string): string => `${name.replace(/[^\w.-]+/g, "_") || "design"}.${ending}`;

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function download(): void {
  const design = state().design();
  save(new Blob([writeDesign(design)], { type: "application/json" }), fileName(design.name, "json"));
  state().say("Design downloaded");
}

/** The graph in view as a picture that carries the whole design. */
export const downloadPicture = (kind: "png" | "svg"): Promise<void | undefined> =>
  attempt(async () => {
    const { pngPicture, svgPicture } = await import("../picture");
    save(kind === "png" ? await pngPicture() : svgPicture(), fileName(state().design().name, kind));
    state().say(`Picture downloaded as ${kind.toUpperCase()}`);
  });

/** Puts a document in place of the present one, as one step that can be undone. */
export function replaceWith(design: Design, label: string): void {
  const shown = placed(design, state().direction);
  state().perform({ type: "replaceDesign", args: { design: shown } }, { label, say: `Done: ${label}` });
  state().goTo([]);
}

export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const newer = newerOf(error);
    if (newer) state().set({ save: { kind: "conflict", ...newer } });
    state().notify(newer ? "This design was changed elsewhere meanwhile; choose what to keep." : messageOf(error), "bad");
    return undefined;
  }
}

export const useTemplate = (id: string): Promise<void | undefined> =>
  attempt(async () => {
    const entry = await server.zooDesign(id);
    const parsed = readDesign(entry.design);
    if ("error" in parsed) return state().notify(parsed.error, "bad");
    replaceWith(parsed.design, `start from ${entry.title ?? id}`);
  });

export const saveVersion = (name: string): Promise<number | undefined> =>
  attempt(async () => {
    if (!(await autosave().flush())) {
      state().notify("The draft could not be saved yet, so no version was made.", "bad");
      return undefined;
    }
    const design = state().design();
    const saved = await server.saveVersion(state().designId!, { design, name, base: state().draftNumber });
    state().set({ version: saved.version, draftNumber: saved.draft_number, acknowledged: design, save: { kind: "saved", at: Date.now() } });
    state().notify(name ? `Saved as version ${saved.version}, "${name}".` : `Saved as version ${saved.version}.`, "good");
    return saved.version;
  });

export const restoreVersion = (number: number): Promise<void | undefined> =>
  attempt(async () => {
    const row = await server.version(state().designId!, number);
    const parsed = readDesign(row.design);
    if ("error" in parsed) return state().notify(parsed.error, "bad");
    replaceWith(parsed.design, `restore version ${number}`);
    state().notify(`Version ${number} is back as your draft; undo returns to what you had.`, "good");
  });
