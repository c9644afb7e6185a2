/** The stations of the tour that lie in the editor. Each waits for what the person does, whichever way it is done. */
import type { ReactNode } from "react";
import type { Station } from "@shared/tour/progress";
import { useTemplate } from "../actions/files";
import { nodeOf } from "../model/graph";
import { chooseDataset } from "../state/session";
import { editor } from "../state/store";
import type { EditorState } from "../state/types";
import { type Aim, type Spot, aimAt } from "./aim";

export interface Stop {
  station: Station;
  title: string;
  text: (state: EditorState, aim: Aim) => ReactNode;
  /** What to look at, as the page is now. */
  target: (state: EditorState, aim: Aim) => string;
  /** Has the person done it? `began` is the state in which the station was reached. */
  done: (state: EditorState, began: EditorState, aim: Aim) => boolean;
  /** What it stands on; without it the tour goes back one station. */
  needs?: (state: EditorState) => boolean;
  /** Brings what it speaks of into view. */
  begin?: (aim: Aim) => void;
  /** For those who would rather watch. */
  doIt?: (aim: Aim) => void;
}

const TEMPLATE = "lenet5";
const WIDER = 12;
const WRONG = 3;
const DATA = "digits";

const nodeAt = (id: string): string => `[data-testid="node-${CSS.escape(id)}"]`;

/** The field of a parameter once its node is selected; before that the node, and where the inspector is shut, its button. */
const fieldAt = ({ selected, inspector }: EditorState, { node, param }: Spot): string =>
  !selected.has(node) ? nodeAt(node) : inspector ? `.ed-inspector [data-param="${param}"]` : '.ed-rail [aria-label="Inspector"]';

const faults = ({ report }: EditorState): number => report?.errors.filter((issue) => issue.severity !== "warning").length ?? 0;
const settled = ({ analysis }: EditorState): boolean => analysis.kind === "fresh";

const valueAt = (state: EditorState, { node, param }: Spot): unknown => nodeOf(state.history.design, node)?.params?.[param];

function write({ node, param }: Spot, value: number): void {
  editor.getState().select([node]);
  editor.getState().perform({ type: "setParams", args: { graph: null, node, set: { [param]: value } } }, { label: `change ${param}` });
}

const drawn = (state: EditorState): boolean => aimAt(state.history.design, state.registry) !== null;

/** Brings a node into view, if it is not there already. */
function bringIn(id: string): void {
  const pane = document.querySelector(".ed-canvas")?.getBoundingClientRect();
  const box = document.querySelector(nodeAt(id))?.getBoundingClientRect();
  if (!pane || !box || box.top < pane.top || box.bottom > pane.bottom || box.left < pane.left || box.right > pane.right) editor.getState().show([id]);
}

export const STOPS: Stop[] = [
  {
    station: "open",
    title: "Start from a network that works",
    text: () => <p>Click <b>LeNet-5</b>: it has read handwritten digits since 1998, and is small enough to train here in half a minute.</p>,
    target: () => `[data-template="${TEMPLATE}"]`,
    done: drawn,
    begin: () => document.querySelector(`[data-template="${TEMPLATE}"]`)?.scrollIntoView({ block: "nearest" }),
    doIt: () => void useTemplate(TEMPLATE),
  },
  {
    station: "look",
    title: "Look at a layer",
    text: (_, { widen }) => (
      <>
        <p>Data flows along the wires; each says the shape of what goes through it. The bar at the bottom has what it all costs.</p>
        <p>Click the layer <b>{widen.node}</b>.</p>
      </>
    ),
    target: (_, { widen }) => nodeAt(widen.node),
    done: (state, _, { widen }) => state.selected.has(widen.node),
    needs: drawn,
    begin: ({ widen }) => bringIn(widen.node),
    doIt: ({ widen }) => editor.getState().select([widen.node]),
  },
  {
    station: "change",
    title: "Make it wider",
    text: (state, { widen }) => (
      <p>
        {typeof valueAt(state, widen) === "string" ? "It takes its width from a variable. " : ""}
        Type {WIDER} at <b>{widen.label}</b> and watch the shapes, the parameters and the MACs follow.
      </p>
    ),
    target: (state, { widen }) => fieldAt(state, widen),
    done: (state, began, { widen }) => settled(state) && faults(state) === 0 && valueAt(state, widen) !== valueAt(began, widen),
    needs: drawn,
    doIt: ({ widen }) => write(widen, WIDER),
  },
  {
    station: "break",
    title: "Break it",
    text: (_, { misfit }) => <p>Now click <b>{misfit.node}</b> and type {WRONG} at <b>{misfit.label}</b>, which is not what comes in.</p>,
    target: (state, { misfit }) => fieldAt(state, misfit),
    done: (state) => settled(state) && faults(state) > 0,
    needs: drawn,
    begin: ({ misfit }) => bringIn(misfit.node),
    doIt: ({ misfit }) => write(misfit, WRONG),
  },
  {
    station: "mend",
    title: "Put it right",
    text: () => <p>The layer says in words what does not fit, and offers a remedy. Press it; undo would do as well.</p>,
    target: () => ".ed-issue button, .ed-inspector .note.bad button",
    done: (state) => settled(state) && faults(state) === 0,
    needs: drawn,
    doIt: () => editor.getState().undo(),
  },
  {
    station: "data",
    title: "Choose data",
    text: () => <p>Choose <b>Digits</b>, small pictures that come with Blockyard. The number of channels and of classes follows the data.</p>,
    target: () => ".ed-dataset select",
    done: (state) => state.datasets.some((one) => one.id === state.dataset && one.state === "ready"),
    needs: drawn,
    doIt: () => chooseDataset(DATA),
  },
  {
    station: "train",
    title: "Train",
    text: () => <p>Everything fits together. Press <b>Train</b> to see what training will take.</p>,
    target: () => ".ed-toolbar > .primary",
    done: (state) => state.dialog === "train",
    needs: drawn,
    doIt: () => editor.getState().set({ dialog: "train" }),
  },
  {
    station: "start",
    title: "Off it goes",
    text: () => <p>The settings suit these data. Press <b>Start training</b>; the page of the run opens, and the tour goes on there.</p>,
    target: () => ".train-go",
    // Passed when the training has been started.
    done: () => false,
    needs: (state) => state.dialog === "train",
  },
];
