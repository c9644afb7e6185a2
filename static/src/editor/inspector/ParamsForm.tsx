import { freshVariable } from "../model/edits/variables";
import { freshName } from "../model/graph";
import type { Schema } from "../model/registry";
import type { Issue } from "../model/report";
import type { DesignNode, Json, Params } from "../model/types";
import { editor, useEditor } from "../state/store";
import { ParamField, type Promotion } from "./ParamField";

interface Props {
  node: DesignNode;
  /** Of a choice node: the alternative whose params these are. */
  alternative?: string;
  params: Params;
  block: string | null;
  group: string | null;
  resolved?: Params | undefined;
  issues: Issue[];
}

const ANY: Schema = {};

/** A group's parameters as properties of a form; any value or expression. */
const groupSchema = (params: Record<string, { default?: Json; doc?: string | null }>): Schema => ({
  properties: Object.fromEntries(
    Object.entries(params).map(([name, param]) => [name, { title: name, ...(param.doc ? { description: param.doc } : {}), ...(param.default !== undefined ? { default: param.default } : {}) }]),
  ),
});

/** What is wrong with a param, without its name, which stands above the field. */
const faultOf = (issues: Issue[], name: string): string | undefined =>
  issues.find((issue) => issue.param === name)?.message.replace(new RegExp(`^${name}: `), "");

/** The form of a block's parameters, from the registry, or of a group instance's, from its definition. */
export function ParamsForm({ node, alternative, params, block, group, resolved, issues }: Props) {
  const graph = useEditor((state) => state.place.graph);
  const entry = useEditor((state) => (block ? state.registry?.blocks.get(block) : undefined));
  const groupParams = useEditor((state) => (group ? state.history.design.groups?.[group]?.params : undefined));
  const schema = block ? entry?.schema : groupSchema(groupParams ?? {});
  const properties = schema?.properties ?? {};
  const strays = Object.keys(params).filter((name) => !(name in properties));
  const required = new Set(schema?.required ?? []);
  const where = { graph, node: node.id, ...(alternative === undefined ? {} : { alternative }) };
  const key = (name: string): string => `param:${graph}:${node.id}:${alternative ?? ""}:${name}`;
  const { perform } = editor.getState();

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
          value={params[name]}
          resolved={resolved?.[name]}
          fault={faultOf(issues, name)}
          onChange={(value) => perform({ type: "setParams", args: { ...where, set: { [name]: value } } }, { key: key(name), label: `change ${name}` })}
          onUnset={() => perform({ type: "setParams", args: { ...where, unset: [name] } }, { key: key(name), label: `reset ${name}` })}
          promotions={promotions(name)}
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
      {!names.length && !strays.length && <p className="muted">{group ? "This group has no parameters; open it to add some." : "Nothing to set."}</p>}
    </section>
  );
}
