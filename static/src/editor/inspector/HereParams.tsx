import { groupOf } from "../model/graph";
import { type Schema, entryOf } from "../model/registry";
import type { Issue } from "../model/report";
import type { Alternative, Json, Params } from "../model/types";
import { editor, useEditor } from "../state/store";
import { ParamField } from "./ParamField";
import { faultOf, groupSchema } from "./ParamsForm";

interface Props {
  /** Whose parameters: the group of an instance, or what stands in a node's place. */
  what: Alternative;
  path: string;
  /** What the override for this path sets. */
  set: Params | undefined;
  issues: Issue[];
}

/** The parameters at one path alone: what is written here is an override, what is left open is as the definition has it. */
export function HereParams({ what, path, set, issues }: Props) {
  const entry = useEditor((state) => entryOf(state.registry, what));
  const params = useEditor((state) => (what.group ? groupOf(state.history.design, what.group)?.params : undefined));
  const resolved = useEditor((state) => state.report?.nodes[path]?.resolved);
  const schema: Schema = (what.group ? groupSchema(params ?? {}) : entry?.schema) ?? {};
  const write = (name: string, to: { set?: Params; unset?: string[] }): void =>
    editor.getState().perform({ type: "setOverride", args: { at: path, ...to } }, { key: `only:${path}:${name}`, label: `${to.unset ? "take back" : "change"} ${name} only here` });
  const names = Object.keys(schema.properties ?? {});
  return (
    <section className="ed-params-form" aria-label={`Parameters at ${path} alone`}>
      {names.map((name) => {
        const own = schema.properties![name]!;
        const now: Json | undefined = resolved?.[name] ?? own.default;
        return (
          <ParamField
            key={name}
            name={name}
            schema={now === undefined ? own : { ...own, default: now }}
            root={schema}
            value={set?.[name]}
            resolved={resolved?.[name]}
            fault={faultOf(issues, name)}
            onChange={(value) => write(name, { set: { [name]: value } })}
            onUnset={() => write(name, { unset: [name] })}
            here={set?.[name] === undefined ? undefined : { path, differs: true, start: () => {}, takeBack: () => write(name, { unset: [name] }) }}
          />
        );
      })}
      {!names.length && <p className="muted">Nothing to set.</p>}
    </section>
  );
}
