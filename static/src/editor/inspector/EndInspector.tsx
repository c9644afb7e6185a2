import { removeSelection } from "../actions/edit";
import { graphOf, joinEnd } from "../model/graph";
import { KIND_DIMS } from "../model/registry";
import { type GraphPort, type Json, type Side, INPUT, OUTPUT } from "../model/types";
import { Icon } from "../parts/Icon";
import { NameField } from "../parts/NameField";
import { editor, useEditor } from "../state/store";
import { ParamField } from "./ParamField";

const HELP: Record<string, string> = {
  C: "Channels: 1 grey, 3 colour. An expression such as =facts.image.channels follows the data.",
  H: "Height in pixels; samples are resized to it.",
  W: "Width in pixels; samples are resized to it.",
  L: "Length in tokens; longer samples are cut.",
  F: "Columns of a row.",
};

const WEIGHT = {
  type: "number",
  title: "Weight in training",
  minimum: 0,
  anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
  description: "Empty: a result. A number: there for training alone, where its loss counts so much; afterwards it is left out with all that leads to it alone.",
};

/** One of the graph's own ports: its name, for a design's input its kind and sizes, for an output its weight. */
export function EndInspector({ port, side }: { port: GraphPort; side: Side }) {
  const graph = useEditor((state) => state.place.graph);
  const resolved = useEditor((state) => (state.place.path ? undefined : state.report?.inputs[port.name]?.shape));
  const issues = useEditor((state) => state.issues.get(joinEnd(side === "inputs" ? INPUT : OUTPUT, port.name)));
  const { perform, select } = editor.getState();
  const sized = side === "inputs" && graph === null;
  const sizes = port.kind ? (KIND_DIMS[port.kind]?.sizes ?? Object.keys(port.dims ?? {})) : [];
  const set = (fields: Partial<GraphPort>, key?: string) =>
    perform({ type: "setPort", args: { graph, side, name: port.name, set: fields } }, { key });
  return (
    <div className="stack">
      <h2>{side === "inputs" ? "Input" : "Output"}{graph !== null && " of the group"}</h2>
      {issues?.map((issue, at) => <p key={at} className="note bad">{issue.message}</p>)}
      <NameField
        label="Name"
        className="ed-rename"
        value={port.name}
        problem={(name) => {
          const taken = graphOf(editor.getState().design(), graph)?.[side].some((one) => one.name === name);
          return !/^\w+$/.test(name) ? "Use letters, digits and underscores." : taken ? `There is a port ${name} already.` : null;
        }}
        onCommit={(to) => {
          perform({ type: "renamePort", args: { graph, side, from: port.name, to } });
          select([joinEnd(side === "inputs" ? INPUT : OUTPUT, to)]);
        }}
      />
      {sized && (
        <>
          <label className="field">
            <span className="label">Kind</span>
            <select className="select" value={port.kind ?? ""} onChange={(event) => set({ kind: event.target.value, dims: {} })}>
              {Object.keys(KIND_DIMS).map((kind) => <option key={kind} value={kind}>{kind}</option>)}
              {port.kind && !KIND_DIMS[port.kind] && <option value={port.kind}>{port.kind}</option>}
            </select>
          </label>
          {sizes.map((name, at) => (
            <ParamField
              key={name}
              name={name}
              schema={{ type: "integer", title: name, minimum: 1, ...(HELP[name] ? { description: HELP[name] } : {}) }}
              value={port.dims?.[name]}
              resolved={resolved?.[at]}
              onChange={(value: Json) => set({ dims: { ...port.dims, [name]: value } }, `dim:${port.name}:${name}`)}
              onUnset={() => {
                const { [name]: _gone, ...dims } = port.dims ?? {};
                set({ dims }, `dim:${port.name}:${name}`);
              }}
            />
          ))}
        </>
      )}
      {side === "outputs" && graph === null && (
        <ParamField
          name="weight"
          schema={WEIGHT}
          value={port.weight ?? undefined}
          fault={issues?.find((issue) => issue.param === "weight")?.message}
          onChange={(weight: Json) => set({ weight: weight as number | string }, `weight:${port.name}`)}
          onUnset={() => set({ weight: null }, `weight:${port.name}`)}
        />
      )}
      <button type="button" className="btn danger" onClick={() => removeSelection()}><Icon name="trash" /> Remove</button>
    </div>
  );
}
