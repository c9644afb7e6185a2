import { type KeyboardEvent, useMemo, useState } from "react";
import { type Choice, choices } from "../actions/add";
import { Finder } from "../finder/Finder";
import { graphOf, isRepeated } from "../model/graph";
import { fitsInPlace } from "../model/replace";
import type { Alternative, DesignNode, GraphKey } from "../model/types";
import { fieldsOf } from "../panels/ChoiceList";
import { editor } from "../state/store";

const isSame = (what: Alternative, node: DesignNode): boolean =>
  (what.block ?? null) === (node.block ?? null) && (what.group ?? null) === (node.group ?? null) && (what.generator ?? null) === (node.generator ?? null);

/** Whatever has the ports that the node's wires use, and is not what stands there. */
function replacements(graph: GraphKey, node: DesignNode): { choice: Choice; what: Alternative }[] {
  const around = graphOf(editor.getState().design(), graph);
  if (!around) return [];
  return choices(graph).flatMap((choice) => {
    const { what } = choice;
    // A repetition hands its first output to the next one's first input, whatever is wired.
    const chains = !isRepeated(node) || (choice.inputs.length > 0 && choice.outputs.length > 0);
    return "side" in what || !chains || isSame(what, node) || !fitsInPlace(around, node.id, choice) ? [] : [{ choice, what }];
  });
}

/** A button that puts another block, group or generator in the place of one instance. */
export function PutHere({ graph, node, path }: { graph: GraphKey; node: DesignNode; path: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="btn small" title={`In its place at ${path} alone; other instances and repetitions stay as they are`} onClick={() => setOpen(true)}>
        Another block only here…
      </button>
      {open && <Search graph={graph} node={node} path={path} onClose={() => setOpen(false)} />}
    </>
  );
}

function Search({ graph, node, path, onClose }: { graph: GraphKey; node: DesignNode; path: string; onClose: () => void }) {
  const items = useMemo(
    () =>
      replacements(graph, node).map(({ choice, what }) => ({
        key: choice.key,
        title: choice.title,
        hint: choice.family,
        fields: fieldsOf(choice),
        run: () =>
          editor.getState().perform({ type: "setOverride", args: { at: path, put: what } }, { label: `put ${choice.title} only here`, say: `${choice.title} stands at ${path}, here alone` }),
      })),
    [graph, node, path],
  );
  // Its keys are its own: in the inspector Enter and Esc lead back to the graph.
  const keep = (event: KeyboardEvent): void => event.stopPropagation();
  return (
    <div onKeyDown={keep}>
      <Finder label={`In the place of ${node.id}, only here`} placeholder="What has the same ports" items={items} onClose={onClose} none={`Nothing else has the ports that the wires of ${node.id} use.`} />
    </div>
  );
}
