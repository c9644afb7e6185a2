import { useMemo } from "react";
import { freshVariable } from "../model/edits/variables";
import { freshName, groupOf, joinPath } from "../model/graph";
import { isMade } from "../model/made";
import { replacementAt } from "../model/overrides";
import { type Schema, entryOf } from "../model/registry";
import type { Issue } from "../model/report";
import type { Alternative, DesignNode, Json, Params } from "../model/types";
import { editor, useEditor } from "../state/store";
import { type OnlyHere, ParamField, type Promotion } from "./ParamField";

interface Props {
  node: DesignNode;
  /** Of a choice node: the alternative whose params these are. */
  alternative?: string;
  params: Params;
  /** What has the params: a block, a group, a generator. */
  what: Alternative;
  resolved?: Params | undefined;
  issues: Issue[];
}

const ANY: Schema = {};
const NOTHING: Pick<Props, "resolved" | "issues"> = { issues: [] };

/** A group's parameters as properties of a form; any value or expression. */
export const groupSchema = (params: Record<string, { default?: Json; doc?: string | null }>): Schema => ({
  properties: Object.fromEntries(
    Object.entries(params).map(([name, param]) => [name, { title: name, ...(param.doc ? { description: param.doc } : {}), ...(param.default !== undefined ? { default: param.default } : {}) }]),
  ),
});

/** What is wrong with a param, without its name, which stands above the field. */
export const faultOf = (issues: Issue[], name: string): string | undefined =>
  issues.find((issue) => issue.param === name)?.message.replace(new RegExp(`^${name}: `), "");

/** The form of a block's parameters, from the registry, or of a group instance's, from its definition. */
export function ParamsForm({ node, alternative, params, what, ...found }: Props) {
  const graph = useEditor((state) => state.place.graph);
  const entry = useEditor((state) => entryOf(state.registry, what));
  const groupParams = useEditor((state) => (what.group ? groupOf(state.history.design, what.group)?.params : undefined));
  const schema = what.group ? groupSchema(groupParams ?? {}) : entry?.schema;
  const properties = schema?.properties ?? {};
  const strays = Object.keys(params).filter((name) => !(name in properties));
  const required = new Set(schema?.required ?? []);
  const where = { graph, node: node.id, ...(alternative === undefined ? {} : { alternative }) };
  const key = (name: string): string => `param:${graph}:${node.id}:${alternative ?? ""}:${name}`;
  const path = useEditor((state) => joinPath(state.place.path, node.id));
  const overrides = useEditor((state) => state.history.design.overrides);
  const own = useMemo(() => overrides?.findLast((one) => one.at === path), [overrides, path]);
  const replaced = useEditor((state) => replacementAt(state.history.design, path) !== undefined);
  // What was found out is of what stands in its place here.
  const { resolved, issues } = replaced ? NOTHING : found;
  const { perform } = editor.getState();
  const override = (set: Params, unset: string[] = [], label = "change"): void =>
    perform({ type: "setOverride", args: { at: path, set, unset } }, { key: `only:${path}:${[...Object.keys(set), ...unset].join()}`, label: `${label} ${[...Object.keys(set), ...unset].join()} only here` });
  /** Of a param inside a group: whether it differs at this path, and how to make it so. */
  const here = (name: string): OnlyHere | undefined =>
    graph === null || isMade(graph) || alternative !== undefined || replaced
      ? undefined
      : { path, differs: own?.params?.[name] !== undefined, start: () => override({ [name]: valueOf(name) }), takeBack: () => override({}, [name], "take back") };

  const valueOf = (name: string): Json => params[name] ?? resolved?.[name] ?? properties[name]?.default ?? null;
  const toVariable = (name: string): void => {
    const variable = freshVariable(editor.getState().design(), graph, name);
    perform({ type: "promoteParam", args: { ...where, param: name, variable, value: valueOf(name) } }, { say: `${name} is now the variable ${variable}` });
    editor.getState().set({ panel: "design" });
  };
  const toGroup = (name: string): void => {
    const own = freshName(name, [...Object.keys(editor.getState().design().groups?.[graph!]?.params ?? {}), "i", "n"]);
    perform({ type: "promoteToGroup", args: { ...where, graph: graph!, param: name, name: own, value: valueOf(name) } }, { say: `${name} is now the group parameter ${own}` });
  };
  const promotions = (name: string): Promotion[] => [
    ...(graph === null ? [] : [{ to: "group parameter", icon: "group" as const, run: () => toGroup(name) }]),
    { to: "variable", icon: "sliders", run: () => toVariable(name) },
  ];
  const names = [...Object.keys(properties)].sort((a, b) => Number(required.has(b)) - Number(required.has(a)));
  return (
    <section className="ed-params-form" aria-label="Parameters">
      {names.map((name) => (
        <ParamField
          key={name}
          name={name}
          schema={properties[name]!}
          root={schema ?? ANY}
          value={here(name)?.differs ? own!.params![name] : params[name]}
          here={here(name)}
          resolved={resolved?.[name]}
          fault={faultOf(issues, name)}
          onChange={(value) => (here(name)?.differs ? override({ [name]: value }) : perform({ type: "setParams", args: { ...where, set: { [name]: value } } }, { key: key(name), label: `change ${name}` }))}
          onUnset={() => (here(name)?.differs ? override({}, [name], "take back") : perform({ type: "setParams", args: { ...where, unset: [name] } }, { key: key(name), label: `reset ${name}` }))}
          promotions={here(name)?.differs ? undefined : promotions(name)}
        />
      ))}
      {strays.map((name) => (
        <ParamField
          key={name}
          name={name}
          schema={ANY}
          value={params[name]}
          fault={faultOf(issues, name) ?? (schema ? `There is no parameter ${name} here; take it away.` : undefined)}
          onChange={(value) => perform({ type: "setParams", args: { ...where, set: { [name]: value } } }, { key: key(name) })}
          onUnset={() => perform({ type: "setParams", args: { ...where, unset: [name] } }, { key: key(name) })}
        />
      ))}
      {!names.length && !strays.length && <p className="muted">{what.group ? "This group has no parameters; open it to add some." : "Nothing to set."}</p>}
    </section>
  );
}
