import { freshName, groupUses } from "../model/graph";
import { instancesOf } from "../model/instances";
import { Icon } from "../parts/Icon";
import { editor, useEditor } from "../state/store";
import { Facts } from "./Facts";
import { SpacePart } from "./SpacePart";
import { VariableRow } from "./VariableRow";

/** The parts of a design that no node shows: variables, ports, facts of the data, group definitions. */
export function DesignPanel() {
  return (
    <div className="ed-panel-body stack">
      <Variables />
      <SpacePart />
      <Ends />
      <Facts />
      <Groups />
    </div>
  );
}

function Variables() {
  const variables = useEditor((state) => state.history.design.variables);
  const names = Object.keys(variables ?? {});
  return (
    <section aria-label="Variables">
      <div className="spread">
        <h3>Variables</h3>
        <button
          type="button"
          className="btn small"
          onClick={() => {
            const name = freshName("variable", names);
            editor.getState().perform({ type: "setVariable", args: { name, set: { value: 1 } } }, { label: "add variable", say: `Added ${name}` });
          }}
        >
          <Icon name="plus" size={13} /> Variable
        </button>
      </div>
      {names.map((name) => <VariableRow key={name} name={name} variable={variables![name]!} />)}
      {!names.length && <p className="muted">A variable is one number many parameters can follow, as <code>=width*2</code>. The <Icon name="sliders" size={12} /> beside a parameter makes it one.</p>}
    </section>
  );
}

/** The design's own inputs and outputs, as a way to them. */
function Ends() {
  const inputs = useEditor((state) => state.history.design.inputs);
  const outputs = useEditor((state) => state.history.design.outputs);
  const report = useEditor((state) => state.report);
  const show = (id: string) => {
    editor.getState().goTo([], [id]);
    editor.getState().set({ inspector: true });
  };
  return (
    <section aria-label="Inputs and outputs">
      <h3>Inputs and outputs</h3>
      <ul className="ed-list">
        {inputs.map((port) => (
          <li key={`i${port.name}`}>
            <button type="button" className="ed-link ed-cost" onClick={() => show(`input.${port.name}`)}>
              <span className="mono grow">{port.name}</span>
              <span className="muted">{port.kind}</span>
              <span className="mono muted">{report?.inputs[port.name]?.shape?.join("×") ?? ""}</span>
            </button>
          </li>
        ))}
        {outputs.map((port) => (
          <li key={`o${port.name}`}>
            <button type="button" className="ed-link ed-cost" onClick={() => show(`output.${port.name}`)}>
              <span className="mono grow">{port.name}</span>
              <span className="muted">output</span>
              <span className="mono muted">{report?.outputs[port.name]?.shape?.join("×") ?? ""}</span>
            </button>
          </li>
        ))}
        {!inputs.length && !outputs.length && <li className="muted">None yet; they are in the palette under Ports.</li>}
      </ul>
    </section>
  );
}

function goToFirst(group: string): void {
  const first = instancesOf(editor.getState().design(), group).find((one) => one.steps);
  if (first?.steps) editor.getState().goTo(first.steps, [first.node]);
}

function Groups() {
  const design = useEditor((state) => state.history.design);
  const uses = groupUses(design);
  const names = Object.keys(design.groups ?? {});
  if (!names.length) return null;
  return (
    <section aria-label="Groups">
      <h3>Groups</h3>
      <ul className="ed-list">
        {names.map((name) => (
          <li key={name} className="ed-cost">
            <button type="button" className="ed-link ed-cost" title="Go to its first instance" onClick={() => goToFirst(name)}>
              <span className="grow">{name}</span>
              <span className="muted">{uses.get(name) ?? 0} instance{uses.get(name) === 1 ? "" : "s"}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
