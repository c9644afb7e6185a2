/** What the command palette and the node search offer. */
import { addNext, choices } from "../actions/add";
import { restoreVersion } from "../actions/files";
import { ACTIONS, isEnabled } from "../actions/table";
import { ago, capital } from "../model/format";
import { findable, foundFields, ways } from "../model/find";
import { fieldsOf } from "../panels/ChoiceList";
import type { VersionRow } from "../state/server";
import { editor } from "../state/store";
import type { Item } from "./Finder";

const state = () => editor.getState();

const actionItems = (): Item[] =>
  ACTIONS.filter((one) => !one.keysOnly && isEnabled(one)).map((one) => ({
    key: `action:${one.id}`,
    title: one.title,
    hint: one.topic,
    ...(one.icon ? { icon: one.icon } : {}),
    fields: [{ text: one.title, weight: 1.2 }, { text: `${one.topic} ${one.words ?? ""}`, weight: 0.6, plain: true }],
    run: () => void one.run(),
    action: one.id,
  }));

/** Nodes and ports at every depth; picking one goes to it. */
export function nodeItems(): Item[] {
  const { registry } = state();
  return findable(state().design()).map((one) => {
    const title = capital(registry?.blocks.get(one.what)?.title ?? one.what);
    const where = one.steps.map((step) => step.node).join(" / ");
    return {
      key: `node:${one.key}`,
      title: one.label ? `${one.label} (${one.id})` : one.id,
      hint: [where && `in ${where}`, title, one.params].filter(Boolean).join(" · "),
      icon: "graph",
      fields: foundFields(one, title),
      run: () => {
        state().set({ view: "graph" });
        state().goTo(one.steps, [one.id]);
        state().say(`At ${one.id}${where ? ` in ${where}` : ""}`);
      },
    };
  });
}

function groupItems(): Item[] {
  const found = ways(state().design());
  return Object.entries(state().design().groups ?? {}).flatMap(([name, group]): Item[] => {
    const steps = found.get(name);
    if (!steps) return [];
    return [{
      key: `group:${name}`,
      title: name,
      hint: `Group, ${group.nodes.length} nodes`,
      icon: "group",
      fields: [{ text: name, weight: 1 }, { text: `group open enter ${group.doc ?? ""}`, weight: 0.4, plain: true }],
      run: () => (state().set({ view: "graph" }), state().goTo(steps)),
    }];
  });
}

const variableItems = (): Item[] =>
  Object.entries(state().design().variables ?? {}).map(([name, variable]) => ({
    key: `variable:${name}`,
    title: name,
    hint: `Variable, ${JSON.stringify(variable.value)}`,
    icon: "fx",
    fields: [{ text: name, weight: 1 }, { text: `variable ${variable.doc ?? ""}`, weight: 0.4, plain: true }],
    run: () => {
      state().set({ panel: "design" });
      requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-variable="${CSS.escape(name)}"] .ed-variable-line input:not([type="range"])`)?.focus());
    },
  }));

const blockItems = (): Item[] =>
  choices().map((choice) => ({
    key: `add:${choice.key}`,
    title: `Add ${choice.title}`,
    hint: choice.family,
    icon: "plus",
    // Below what is there already and what can be done.
    fields: fieldsOf(choice).map((field) => ({ ...field, weight: field.weight * 0.7 })),
    run: () => void addNext(choice),
  }));

export const versionItems = (rows: readonly VersionRow[]): Item[] =>
  rows.map((row) => ({
    key: `version:${row.version}`,
    title: `Restore ${row.name || `version ${row.version}`}`,
    hint: `Version ${row.version}, ${ago(row.created)}`,
    icon: "history",
    fields: [{ text: row.name || `version ${row.version}`, weight: 1 }, { text: `restore version ${row.version}`, weight: 0.6 }],
    run: () => void restoreVersion(row.version),
  }));

/** Everything but the versions, which the site has to be asked for. */
export const commandItems = (): Item[] => [...actionItems(), ...groupItems(), ...nodeItems(), ...variableItems(), ...blockItems()];
