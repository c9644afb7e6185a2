/** The one store of the editor: the command log, where one looks, what is selected, what the site answered. */
import { createStore, useStore } from "zustand";
import type { Direction } from "../layout/layered";
import { placed } from "../layout/place";
import { graphOf, placeOf } from "../model/graph";
import { changedGraphs } from "../model/changed";
import { ways } from "../model/find";
import { type LogEntry, perform, redo, startHistory, undo } from "../model/history";
import { lostOverrides } from "../model/overrides";
import { isMade } from "../model/made";
import { NO_PROFILE } from "../model/profile";
import { issuesAt, madeAt, reconcile } from "../model/report";
import { type Design, emptyDesign } from "../model/types";
import { toast } from "@shared/ui/toast";
import { NO_SAMPLE } from "./sampling";
import type { EditorState } from "./types";

const DIRECTION = "blockyard.editor.direction";
const remembered = (): Direction => (globalThis.localStorage?.getItem(DIRECTION) === "right" ? "right" : "down");

const NOTHING: ReadonlySet<string> = new Set();

/** What follows from history, steps and report; kept in the store so that selectors stay narrow. */
function derived(state: EditorState): Partial<EditorState> {
  const found = placeOf(state.history.design, state.steps, madeAt(state.report));
  const { graph, path } = found;
  const place = state.place.graph === graph && state.place.path === path ? state.place : { graph, path };
  const steps = found.steps.length === state.steps.length && found.steps.every((one, at) => one === state.steps[at]) ? state.steps : found.steps;
  const issues = reconcileMap(state.issues, issuesAt(state.report, path, graph));
  return { place, steps, issues };
}

function reconcileMap<T>(before: ReadonlyMap<string, T>, after: Map<string, T>): ReadonlyMap<string, T> {
  let same = before.size === after.size;
  for (const [key, value] of after) {
    const kept = reconcile(before.get(key), value);
    after.set(key, kept);
    same &&= before.get(key) === kept;
  }
  return same ? before : after;
}

export function createEditor(design: Design = emptyDesign()) {
  return createStore<EditorState>()((set, get) => {
    const change = (patch: Partial<EditorState>): void =>
      set((state) => {
        const next = { ...state, ...patch };
        return { ...patch, ...derived(next) };
      });
    /** After undo and redo the selection keeps only what is still there. */
    const surviving = (): Partial<EditorState> => {
      const { history, place, selected } = get();
      const graph = graphOf(history.design, place.graph);
      const ids = new Set(graph?.nodes.map((node) => node.id));
      return { selected: new Set([...selected].filter((id) => ids.has(id) || id.includes("."))), selectedEdges: NOTHING };
    };
    /** To the graph that a step changed, if it is another one than is seen. */
    const jump = ({ before, after }: LogEntry): void => {
      const { history, place, goTo } = get();
      const changed = changedGraphs(before, after);
      const [key] = changed;
      const steps = key === undefined || changed.includes(place.graph) ? undefined : ways(history.design).get(key);
      if (steps) goTo(steps);
    };
    return {
      history: startHistory(design),
      steps: [],
      place: { graph: null, path: "" },
      selected: NOTHING,
      selectedEdges: NOTHING,
      registry: null,
      registryError: null,
      datasets: [],
      dataset: null,
      report: null,
      issues: new Map(),
      analysis: { kind: "none" },
      measured: [],
      lit: null,
      overlay: null,
      sampling: NO_SAMPLE,
      profiling: NO_PROFILE,
      watched: null,
      designId: null,
      zooId: null,
      version: null,
      save: { kind: "pristine" },
      acknowledged: null,
      draftNumber: 0,
      panel: "blocks",
      inspector: true,
      view: "graph",
      direction: remembered(),
      quickAdd: null,
      comparison: null,
      dialog: null,
      imported: null,
      help: null,
      drawing: null,
      clip: null,
      said: "",
      focus: { ids: null, count: 0 },

      design: () => get().history.design,
      graph: () => get().place.graph,
      perform(command, step) {
        const before = get().history;
        const history = perform(before, command, step);
        if (history === before) {
          if (isMade(get().place.graph)) get().notify("A generator made this, and it cannot be changed here. Turn it into a group to edit it.");
          return;
        }
        const lost = lostOverrides(command, before.design, history.design);
        if (lost) get().notify(lost);
        change({ history, ...(step?.say ? { said: step.say } : {}) });
      },
      undo() {
        const entry = get().history.log.at(-1);
        if (!entry) return void change({ said: "Nothing to undo" });
        change({ history: undo(get().history), said: `Undone: ${entry.label}` });
        change(surviving());
        jump(entry);
      },
      redo() {
        const entry = get().history.undone.at(-1);
        if (!entry) return void change({ said: "Nothing to redo" });
        change({ history: redo(get().history), said: `Redone: ${entry.label}` });
        change(surviving());
        jump(entry);
      },
      open(design, from) {
        const shown = placed(design, get().direction);
        change({
          history: startHistory(shown),
          steps: [],
          selected: NOTHING,
          selectedEdges: NOTHING,
          report: null,
          ...from,
          acknowledged: from.acknowledged ? shown : null,
          save: { kind: from.acknowledged ? "saved" : "pristine", at: Date.now() },
          focus: { ids: null, count: get().focus.count + 1 },
        });
      },
      select(nodes, edges = []) {
        set({ selected: new Set(nodes), selectedEdges: new Set(edges) });
      },
      enter(node) {
        const { steps } = get();
        get().goTo([...steps, { node, index: 0 }]);
        change({ said: `Entered ${node}` });
      },
      goTo(steps, select = []) {
        change({ steps, selected: new Set(select), selectedEdges: NOTHING, quickAdd: null });
        get().show(select.length ? select : null);
      },
      setReport(report) {
        change({ report: reconcile(get().report, report), analysis: { kind: "fresh" } });
      },
      notify(text, tone = "info") {
        toast({ kind: tone === "good" ? "ok" : tone, title: text, seconds: tone === "bad" ? 12 : 6 });
      },
      say: (text) => set({ said: text }),
      show: (ids) => set({ focus: { ids, count: get().focus.count + 1 } }),
      set(patch) {
        if (patch.direction) globalThis.localStorage?.setItem(DIRECTION, patch.direction);
        change(patch);
      },
    };
  });
}

export const editor = createEditor();

export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(editor, select);
}

