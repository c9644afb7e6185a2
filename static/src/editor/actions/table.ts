/** Everything that can be done, in one table: keys, the list under `?`, the command palette and menus all read it. */
import { keysOf, useCustomKeys } from "../keys/bindings";
import type { IconName } from "../parts/Icon";
import { ADD } from "./rows/add";
import { ARRANGE } from "./rows/arrange";
import { DESIGN } from "./rows/design";
import { EDIT } from "./rows/edit";
import { GROUPS } from "./rows/groups";
import { HELP } from "./rows/help";
import { PANEL_ROWS } from "./rows/panels";
import { VIEW } from "./rows/view";

export const TOPICS = ["Edit", "Add and connect", "Arrange", "Groups", "View", "Panels", "Design", "Help"] as const;

export interface Action {
  id: string;
  /** What it does, as lists and menus say it. */
  title: string;
  /** Where there is little room: in menus. */
  short?: string;
  topic: (typeof TOPICS)[number];
  /** The keys it comes with; a person may give it others. */
  keys?: readonly string[];
  icon?: IconName;
  /** Other words by which it is found. */
  words?: string;
  /** False when there was nothing to do, so that the key does what it does elsewhere. */
  run: (event?: KeyboardEvent) => void | false;
  /** Can it be done now? Always, where this is absent. */
  enabled?: () => boolean;
  /** Its keys are the browser's own and cannot be changed: copy, cut, paste. */
  fixed?: boolean;
  /** For keys alone; the palette has nothing to say of it. */
  keysOnly?: boolean;
  /** Its keys mean something to buttons and lists as well, and are ours only on the canvas. */
  onCanvas?: boolean;
  /** Its keys are ours only while a node of the canvas has the focus. */
  onNode?: boolean;
  /** Its keys also work outside of the graph: in the code, in a text field. */
  anywhere?: boolean | "typing";
}

export const ACTIONS: readonly Action[] = [...EDIT, ...ADD, ...ARRANGE, ...GROUPS, ...VIEW, ...PANEL_ROWS, ...DESIGN, ...HELP];

const BY_ID = new Map(ACTIONS.map((action) => [action.id, action]));

export function actionOf(id: string): Action {
  const action = BY_ID.get(id);
  if (!action) throw new Error(`There is no action ${id}.`);
  return action;
}

export const isEnabled = (action: Action): boolean => action.enabled?.() ?? true;

/** The first key of an action as it is bound now. */
export const keyOf = (id: string): string | undefined => keysOf(actionOf(id), useCustomKeys.getState().custom)[0];
