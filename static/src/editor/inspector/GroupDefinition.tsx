import { useId } from "react";
import { bytes, count } from "../model/format";
import { freshName, groupUses, joinPath } from "../model/graph";
import type { Json } from "../model/types";
import { Icon } from "../parts/Icon";
import { NameField } from "../parts/NameField";
import { familyStyle } from "../parts/family";
import { editor, useEditor } from "../state/store";
import { Figures } from "./Figures";
import { GroupPorts } from "./GroupPorts";
import { Instances } from "./Instances";
import { InstanceHerePart } from "./OverridesPart";
import { TypedInput } from "./ParamField";

const FREE = { kind: "json" as const, integer: false, options: [], nullable: true };

const nameProblem = (taken: string[], what: string) => (name: string): string | null =>
  !/^[A-Za-z_]\w*$/.test(name) ? "Use letters, digits and underscores." : taken.includes(name) ? `There is a ${what} ${name} already.` : null;

/** The definition of the group in view: its name, what it is, its parameters and their defaults. */
export function GroupDefinition({ name }: { name: string }) {
  const group = useEditor((state) => state.history.design.groups?.[name]);
  const uses = useEditor((state) => groupUses(state.history.design).get(name) ?? 0);
  const figures = useEditor((state) => state.report?.nodes[state.place.path]);
  const path = useEditor((state) => joinPath("", state.place.path));
  const whole = useEditor((state) => (state.steps.at(-1)?.index == null ? undefined : state.report?.nodes[path.slice(0, path.lastIndexOf("."))]));
  const repeats = whole?.repeat;
  const id = useId();
  const { perform } = editor.getState();
  if (!group) return null;
  const params = Object.entries(group.params ?? {});
  const groups = Object.keys(editor.getState().design().groups ?? {});
  return (
    <div className="stack">
      <header className="ed-inspector-head" style={familyStyle("group")}>
        <span className="ed-swatch" aria-hidden="true" />
        <h2>{name}</h2>
        <span className="badge">definition</span>
      </header>
      {uses > 1 && <p className="note warn">Definition of {uses} instances: a change here changes all of them.</p>}
      <NameField label="Name" value={name} problem={nameProblem(groups, "group")} onCommit={(to) => perform({ type: "renameGroup", args: { from: name, to } })} />
      <div className="field">
        <label htmlFor={id}>What it is</label>
        <textarea id={id} className="textarea" rows={2} value={group.doc ?? ""} onChange={(event) => perform({ type: "setGroupDoc", args: { name, doc: event.target.value } }, { key: `doc:${name}` })} />
      </div>
      <section aria-label="Group parameters">
        <h3>Parameters</h3>
        {params.map(([param, one]) => (
          <div key={param} className="ed-row-form">
            <NameField
              label={`Name of ${param}`}
              hideLabel
              value={param}
              problem={nameProblem([...params.map(([other]) => other).filter((other) => other !== param), "i", "n"], "parameter")}
              onCommit={(to) => perform({ type: "renameGroupParam", args: { group: name, from: param, to } })}
            />
            <div className="field">
              <TypedInput
                id={`${id}-${param}`}
                label={`Default of ${param}`}
                shape={FREE}
                value={one.default}
                placeholder="no default"
                onChange={(value: Json) => perform({ type: "setGroupParam", args: { group: name, name: param, param: { ...one, default: value } } }, { key: `default:${name}:${param}` })}
                onUnset={() => perform({ type: "setGroupParam", args: { group: name, name: param, param: { ...one, default: null } } }, { key: `default:${name}:${param}` })}
              />
            </div>
            <button type="button" className="btn quiet small icon" aria-label={`Remove ${param}`} title="Remove; its default stands where it was used" onClick={() => perform({ type: "setGroupParam", args: { group: name, name: param, param: null } })}>
              <Icon name="trash" size={13} />
            </button>
          </div>
        ))}
        <button type="button" className="btn small" onClick={() => perform({ type: "setGroupParam", args: { group: name, name: freshName("param", params.map(([param]) => param)), param: { default: 1 } } })}>
          <Icon name="plus" size={13} /> Parameter
        </button>
        <p className="hint muted">Use them inside as =name. In a repeated group i is the repetition, n their number.</p>
      </section>
      <InstanceHerePart />
      <GroupPorts group={name} />
      <Instances group={name} />
      {repeats != null && <p className="muted">Below: one repetition of {repeats}. All together: {count(whole?.params ?? 0)} params, {count(whole?.macs ?? 0)} MACs, {bytes(whole?.activation_bytes ?? 0)} of activations.</p>}
      <Figures figures={figures} path={path} />
    </div>
  );
}
