import { useState } from "react";
import { parseTyped } from "../inspector/fields";
import { editor } from "../state/store";
import type { NodeView } from "./scene";

const COUNT = { kind: "number" as const, integer: true, options: [], low: 0, nullable: true };

/** How often a node repeats, to be changed in its place: a number, or an expression such as =depth. */
export function RepeatBadge({ id, view }: { id: string; view: NodeView }) {
  const [draft, setDraft] = useState<string | null>(null);
  const { repeat, repeatWritten, history, group } = view;
  if (repeat === null && group === null) return null;
  const commit = (): void => {
    if (draft === null) return;
    setDraft(null);
    const { perform, place, notify } = editor.getState();
    const found = parseTyped(draft, COUNT);
    if ("fault" in found) return notify(`Repeat of ${id}: ${found.fault}`, "bad");
    const once = "unset" in found || found.value === 1;
    if ((once ? "" : String((found as { value: unknown }).value)) === repeatWritten) return;
    perform(
      { type: "setNode", args: { graph: place.graph, node: id, ...(once ? { unset: ["repeat"] } : { set: { repeat: (found as { value: number | string }).value } }) } },
      { label: "change repeat", say: `${id} repeats ${once ? "once" : draft}` },
    );
  };
  if (draft === null)
    return (
      <button
        type="button"
        className="ed-badge ed-times nodrag"
        data-once={repeat === null || undefined}
        title={`${repeat === null ? "Stands once" : `Repeated as a chain${repeatWritten.startsWith("=") ? `, ${repeatWritten} times` : ""}`}${history ? `; ${history} gets what all earlier repetitions gave` : ""}; click to change`}
        aria-label={`Repeat of ${id}: ${repeat ?? 1}`}
        onClick={(event) => (event.stopPropagation(), setDraft(repeatWritten || "1"))}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        ×{repeat ?? 1}{history && `, ${history}: all before`}
      </button>
    );
  return (
    <input
      className="ed-times-input nodrag nopan"
      aria-label={`Repeat of ${id}`}
      autoFocus
      value={draft}
      size={Math.max(2, draft.length)}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") commit();
        if (event.key === "Escape") setDraft(null);
      }}
    />
  );
}
