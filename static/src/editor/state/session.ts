/** Starts the editor for one page: what to open, then analysis and autosave. */
import type { Schemas } from "@shared/types";
import { readDesign } from "../model/parse";
import { type Design, emptyDesign } from "../model/types";
import { startAnalysis } from "./analysis";
import { startFigures } from "./figures";
import { type Autosave, startAutosave } from "./autosave";
import { startProfiling } from "./profiling";
import { startSampling } from "./sampling";
import * as server from "./server";
import { editor } from "./store";
import { startWatching } from "./watching";

/** What the page tells the island. */
export interface PageData {
  design?: { id: string } | string | null;
  zoo?: string | null;
  dataset?: string | null;
}

let running: Autosave | null = null;

export function autosave(): Autosave {
  if (!running) throw new Error("The editor has not started.");
  return running;
}

export function pageData(host: HTMLElement): { designId: string | null; zooId: string | null } {
  let data: PageData = {};
  try {
    data = JSON.parse(document.getElementById("page-data")?.textContent ?? "{}") as PageData;
  } catch {
    data = {};
  }
  const given = typeof data.design === "string" ? data.design : data.design?.id;
  const fromPath = /^\/designs\/([A-Za-z0-9]+)\/?$/.exec(location.pathname)?.[1];
  const id = given ?? host.dataset.design ?? (fromPath === "new" ? undefined : fromPath);
  const zoo = data.zoo ?? host.dataset.zoo ?? new URLSearchParams(location.search).get("zoo");
  return { designId: id || null, zooId: id ? null : zoo || null };
}

const DATASET = "blockyard.editor.dataset.";

export function chooseDataset(id: string | null): void {
  const { designId, zooId } = editor.getState();
  editor.getState().set({ dataset: id });
  try {
    if (id) localStorage.setItem(DATASET + (designId ?? zooId ?? ""), id);
    else localStorage.removeItem(DATASET + (designId ?? zooId ?? ""));
  } catch {
    // Not remembered then.
  }
}

export async function start(designId: string | null, zooId: string | null): Promise<void> {
  const state = editor.getState();
  state.set({ designId, zooId });
  void server.registry().then(
    (registry) => editor.getState().set({ registry, registryError: null }),
    (error: Error) => editor.getState().set({ registryError: error.message }),
  );
  void server.datasets().then(
    ({ items }) => {
      // A page of data sends people here with what they chose; else what was chosen for this design before.
      const known = new URLSearchParams(location.search).get("dataset") ?? localStorage.getItem(DATASET + (designId ?? zooId ?? ""));
      editor.getState().set({ datasets: items });
      if (known && items.some((one) => one.id === known)) editor.getState().set({ dataset: known });
    },
    () => {},
  );
  await load(designId, zooId);
  startAnalysis(editor);
  startFigures(editor);
  startProfiling(editor);
  startSampling(editor);
  startWatching(editor);
  running = startAutosave(editor);
}

/** What the editor shows of a stored design: its draft, or else its newest version. */
export function documentOf({ draft, design, name }: Schemas["DesignDetail"]): Design {
  const parsed = readDesign(draft.design ?? design);
  if ("error" in parsed) throw new Error(parsed.error);
  return { ...parsed.design, name: name || parsed.design.name };
}

async function load(designId: string | null, zooId: string | null): Promise<void> {
  const { open } = editor.getState();
  if (designId) {
    const detail = await server.design(designId);
    const design = documentOf(detail);
    open(design, { designId, zooId, version: detail.version, draftNumber: detail.draft.number, acknowledged: design });
  } else if (zooId) {
    const entry = await server.zooDesign(zooId);
    const parsed = readDesign(entry.design);
    if ("error" in parsed) throw new Error(parsed.error);
    open({ ...parsed.design, name: entry.title }, { designId, zooId });
  } else open(emptyDesign(), { designId, zooId });
}
