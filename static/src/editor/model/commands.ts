/** Every change of a design is a command: a name and plain arguments, so a log of them can be kept, sent, replayed. */
import * as edges from "./edits/edges";
import * as generators from "./edits/generators";
import * as groups from "./edits/groups";
import * as nodes from "./edits/nodes";
import { removeOverride, setOverride, withoutLost } from "./edits/overrides";
import * as ports from "./edits/ports";
import * as ungroup from "./edits/ungroup";
import * as variables from "./edits/variables";
import type { Design } from "./types";

const EDITS = { ...nodes, ...edges, ...groups, ...generators, ...ungroup, ...ports, ...variables, setOverride, removeOverride };

type Edits = Omit<typeof EDITS, "addEdge" | "freshVariable" | "ungroupProblem" | "keptFor" | "repeatsOf">;
export type CommandType = keyof Edits;

/** `{ type: "setParams", args: { graph: null, node: "conv1", set: {...} } }` and so on, one shape for each edit. */
export type EditCommand = { [K in CommandType]: { type: K; args: Parameters<Edits[K]>[1] } }[CommandType];
export type Command = EditCommand | { type: "batch"; args: { commands: Command[] } };

export function run(design: Design, command: Command): Design {
  if (command.type === "batch") return command.args.commands.reduce(run, design);
  const edit = EDITS[command.type] as (design: Design, args: unknown) => Design;
  return withoutLost(design, edit(design, command.args));
}

export const batch = (commands: Command[]): Command =>
  commands.length === 1 ? commands[0]! : { type: "batch", args: { commands } };

const LABELS: Record<CommandType | "batch", string> = {
  addNode: "add node",
  addNodes: "paste",
  removeNodes: "delete",
  moveNodes: "move",
  setParams: "change parameter",
  setNode: "change node",
  renameNode: "rename node",
  makeChoice: "make a choice",
  setAlternative: "change alternatives",
  settleChoice: "settle the choice",
  connect: "connect",
  cut: "cut wire",
  reconnect: "reconnect",
  orderInputs: "reorder inputs",
  insertOnEdge: "insert into wire",
  makeGroup: "group",
  ungroup: "ungroup",
  unroll: "unroll",
  regroup: "group again",
  renameGroup: "rename group",
  setGroupDoc: "describe group",
  setGroupParam: "change group parameter",
  renameGroupParam: "rename group parameter",
  makeUnique: "make unique",
  settleGenerator: "turn into a group",
  promoteToGroup: "promote to group parameter",
  setOverride: "make different here",
  removeOverride: "take back what differs",
  addPort: "add port",
  setPort: "change port",
  movePort: "reorder ports",
  removePort: "remove port",
  renamePort: "rename port",
  setDesign: "change design",
  replaceDesign: "replace design",
  setBudget: "change budget",
  setFact: "change fact",
  setVariable: "change variable",
  renameVariable: "rename variable",
  removeVariable: "remove variable",
  promoteParam: "make a variable",
  promoteRepeat: "make a variable",
  batch: "change",
};

export const labelOf = (command: Command): string => LABELS[command.type];
