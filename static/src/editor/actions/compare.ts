/** Opens the comparison of two states: a version, another design or one of the zoo against what is drawn. */
import { messageOf } from "@shared/api/client";
import { readDesign } from "../model/parse";
import type { Design } from "../model/types";
import * as server from "../state/server";
import { editor } from "../state/store";

/** Below this width the panel it was asked for in would cover it. */
const NARROW = 820;

const state = () => editor.getState();

/** What the draft can be compared with. */
export type Other = { kind: "version"; number: number } | { kind: "design"; id: string } | { kind: "zoo"; id: string };

export async function compareWith(other: Other): Promise<void> {
  try {
    const { title, document } = await fetchOther(other);
    const parsed = readDesign(document);
    if ("error" in parsed) return state().notify(parsed.error, "bad");
    compare(title, parsed.design);
  } catch (error) {
    state().notify(messageOf(error), "bad");
  }
}

/** Draws what differs from a version `DESIGN@NUMBER` to a version of the design that is open. */
export async function compareVersions(address: string, number: number): Promise<void> {
  const [id, other] = address.split("@");
  const { designId } = state();
  if (!id || !Number(other) || !designId || !number) return;
  try {
    const [before, after] = await Promise.all([versionOf(id, Number(other)), versionOf(designId, number)]);
    compare(before.title, before.design, after);
  } catch (error) {
    state().notify(messageOf(error), "bad");
  }
}

async function versionOf(id: string, number: number): Promise<{ title: string; design: Design }> {
  const [{ name }, row] = await Promise.all([server.design(id), server.version(id, number)]);
  const parsed = readDesign(row.design);
  if ("error" in parsed) throw new Error(parsed.error);
  return { title: `${name} v${number}`, design: parsed.design };
}

function compare(title: string, before: Design, after = { title: "this draft", design: state().design() }): void {
  const narrow = window.innerWidth < NARROW;
  state().set({ comparison: { titles: [title, after.title], before, after: after.design }, view: "graph", ...(narrow && { panel: null }) });
}

async function fetchOther(other: Other): Promise<{ title: string; document: unknown }> {
  if (other.kind === "version") {
    const row = await server.version(state().designId!, other.number);
    return { title: row.name || `version ${other.number}`, document: row.design };
  }
  if (other.kind === "design") {
    const row = await server.design(other.id);
    return { title: row.name, document: row.draft.design ?? row.design };
  }
  const row = await server.zooDesign(other.id);
  return { title: row.title, document: row.design };
}
