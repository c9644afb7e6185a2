import { graphOf, isRepeated, meaningOf, nodeOf } from "../../model/graph";
import { editor } from "../../state/store";
import { openSelected, selectedNodes } from "../edit";
import { groupSelection, makeUnique, settleSelection, ungroupSelection, unrollSelection } from "../groups";
import { stepOut } from "../navigate";
import type { Action } from "../table";

const state = () => editor.getState();
const someNodes = (): boolean => selectedNodes().length > 0;

/** Is one of the selected nodes an instance of a group? */
function someGroup(): boolean {
  const design = state().design();
  const graph = graphOf(design, state().place.graph);
  return selectedNodes().some((id) => meaningOf(design, nodeOf(graph, id)!).group);
}

/** Is one of them a group that is repeated? */
function someRepeatedGroup(): boolean {
  const design = state().design();
  const graph = graphOf(design, state().place.graph);
  return selectedNodes().some((id) => isRepeated(nodeOf(graph, id)!) && nodeOf(graph, id)!.group);
}

function someGenerator(): boolean {
  const graph = graphOf(state().design(), state().place.graph);
  return selectedNodes().some((id) => nodeOf(graph, id)!.generator);
}

export const GROUPS: Action[] = [
  { id: "group", title: "Make a group of the selection", short: "Group", topic: "Groups", keys: ["mod+g"], icon: "group", words: "subgraph collapse", run: groupSelection, enabled: someNodes },
  { id: "ungroup", title: "Ungroup", topic: "Groups", keys: ["mod+shift+g"], words: "unpack dissolve expand", run: ungroupSelection, enabled: someGroup },
  { id: "unroll", title: "Unroll: a chain of instances in place of the repeat", short: "Unroll", topic: "Groups", words: "unpack expand copies", run: unrollSelection, enabled: someRepeatedGroup },
  { id: "unique", title: "Make unique: give this instance its own group", short: "Make unique", topic: "Groups", run: () => selectedNodes().forEach(makeUnique), enabled: someGroup },
  { id: "settle", title: "Turn into a group: what a generator makes, to edit it", short: "Turn into a group", topic: "Groups", words: "generator expand settle", run: settleSelection, enabled: someGenerator },
  { id: "open", title: "Open: into a group, to a block's parameters (also double-click)", short: "Open", topic: "Groups", keys: ["enter"], icon: "enter", onCanvas: true, run: openSelected, enabled: someNodes },
  { id: "leave", title: "Cancel, deselect, then leave the group", topic: "Groups", keys: ["escape"], keysOnly: true, anywhere: true, run: stepOut },
];
