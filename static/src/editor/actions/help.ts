/** Which help is meant: of what has the focus in the palette, else of the selected node. */
import { graphOf, joinPath, meaningOf, nodeOf } from "../model/graph";
import type { DesignNode } from "../model/types";
import { editor } from "../state/store";
import type { HelpOn } from "../state/types";

const state = () => editor.getState();

export const openHelp = (help: HelpOn | null): void => state().set({ help });

/** Help on what a node stands for, with the shapes it has where it stands. */
export function helpOnNode(node: DesignNode): HelpOn | null {
  const { block, group, generator } = meaningOf(state().design(), node);
  const path = joinPath(state().place.path, node.id);
  return group ? { group, path } : generator ? { generator, path } : block ? { block, path } : null;
}

/** Help on a palette's entry, by the key of its choice. */
export function helpOnChoice(key: string): HelpOn | null {
  const [kind, name] = key.split(":");
  return (kind === "block" || kind === "group" || kind === "generator") && name ? { [kind]: name } : null;
}

/** Shows the help that is meant; false when nothing is. */
export function help(): boolean {
  const focused = document.activeElement?.closest<HTMLElement>("[data-choice]")?.dataset.choice;
  const { selected, place } = state();
  const node = selected.size === 1 ? nodeOf(graphOf(state().design(), place.graph), [...selected][0]!) : undefined;
  const meant = focused ? helpOnChoice(focused) : node ? helpOnNode(node) : null;
  if (meant) openHelp(meant);
  return meant !== null;
}
