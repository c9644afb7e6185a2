import { useId, useState } from "react";
import { freshName, joinPath, pickedName } from "../model/graph";
import type { Issue } from "../model/report";
import type { DesignNode } from "../model/types";
import { Icon } from "../parts/Icon";
import { NameField } from "../parts/NameField";
import { editor, useEditor } from "../state/store";
import { ParamsForm } from "./ParamsForm";

const NONE: Issue[] = [];

/** The alternatives of a choice node and how one is picked: by name, or by an expression. */
export function ChoicePart({ node }: { node: DesignNode }) {
  const graph = useEditor((state) => state.place.graph);
  const registry = useEditor((state) => state.registry);
  const picked = useEditor((state) => pickedName(state.history.design, node));
  const resolved = useEditor((state) => state.report?.nodes[joinPath(state.place.path, node.id)]?.resolved);
  const variables = useEditor((state) => state.history.design.variables);
  const issues = useEditor((state) => state.issues.get(node.id)) ?? NONE;
  const [open, setOpen] = useState<string | null>(null);
  const id = useId();
  const { perform } = editor.getState();
  const names = Object.keys(node.choice ?? {});
  const shown = open !== null && names.includes(open) ? open : (picked ?? null);
  const alternative = shown === null ? undefined : node.choice?.[shown];
  const options = [...names, ...Object.keys(variables ?? {}).map((name) => `=${name}`)];
  const pick = node.pick ?? "";
  return (
    <section className="stack" aria-label="Alternatives">
      <div className="field">
        <label htmlFor={id}>Pick</label>
        <input
          id={id}
          className="input mono"
          list={`${id}-options`}
          value={pick}
          placeholder={names[0]}
          onChange={(event) => perform({ type: "setNode", args: { graph, node: node.id, set: { pick: event.target.value || null } } }, { key: `pick:${graph}:${node.id}` })}
        />
        <datalist id={`${id}-options`}>{options.map((one) => <option key={one} value={one} />)}</datalist>
        <p className="hint">A name, or an expression such as =activation. Now: <b>{picked ?? "nothing"}</b>.</p>
      </div>
      <div className="segments wrap" role="tablist" aria-label="Alternatives">
        {names.map((name) => (
          <button key={name} type="button" role="tab" aria-selected={name === shown} onClick={() => setOpen(name)}>
            {name}{name === picked ? " ✓" : ""}
          </button>
        ))}
      </div>
      {shown !== null && alternative && (
        <div className="ed-alternative stack" role="tabpanel">
          <NameField
            label="Name"
            value={shown}
            problem={(name) => (!/^\w+$/.test(name) ? "Use letters, digits and underscores." : names.includes(name) ? `There is an alternative ${name} already.` : null)}
            onCommit={(name) => {
              perform({
                type: "batch",
                args: {
                  commands: [
                    { type: "setAlternative", args: { graph, node: node.id, name, alternative } },
                    ...(node.pick === shown ? [{ type: "setNode" as const, args: { graph, node: node.id, set: { pick: name } } }] : []),
                    { type: "setAlternative", args: { graph, node: node.id, name: shown, alternative: null } },
                  ],
                },
              }, { label: "rename alternative" });
              setOpen(name);
            }}
          />
          {alternative.block && (
            <div className="field">
              <label htmlFor={`${id}-block`}>Block</label>
              <select id={`${id}-block`} className="select" value={alternative.block} onChange={(event) => perform({ type: "setAlternative", args: { graph, node: node.id, name: shown, alternative: { block: event.target.value } } })}>
                {[...(registry?.blocks.values() ?? [])].map((entry) => <option key={entry.id} value={entry.id}>{entry.family}: {entry.title}</option>)}
              </select>
            </div>
          )}
          <ParamsForm node={node} alternative={shown} params={alternative.params ?? {}} what={alternative} resolved={shown === picked ? resolved : undefined} issues={shown === picked ? issues : NONE} />
          <div className="row wrap">
            <button type="button" className="btn small" onClick={() => perform({ type: "settleChoice", args: { graph, node: node.id, name: shown } })}>Settle on {shown}</button>
            {names.length > 1 && (
              <button type="button" className="btn small danger" onClick={() => (setOpen(null), perform({ type: "setAlternative", args: { graph, node: node.id, name: shown, alternative: null } }))}>Remove</button>
            )}
          </div>
        </div>
      )}
      <AddAlternative onAdd={(block) => {
        const name = freshName(block, names);
        perform({ type: "setAlternative", args: { graph, node: node.id, name, alternative: { block } } }, { say: `Added alternative ${name}` });
        setOpen(name);
      }} />
    </section>
  );
}

function AddAlternative({ onAdd }: { onAdd: (block: string) => void }) {
  const registry = useEditor((state) => state.registry);
  return (
    <label className="row">
      <Icon name="plus" />
      <span className="visually-hidden">Add an alternative</span>
      <select className="select" value="" onChange={(event) => event.target.value && onAdd(event.target.value)}>
        <option value="">Add an alternative</option>
        {[...(registry?.blocks.values() ?? [])].map((entry) => <option key={entry.id} value={entry.id}>{entry.family}: {entry.title}</option>)}
      </select>
    </label>
  );
}
