import { graphOf } from "../model/graph";
import type { GraphPort, Side } from "../model/types";
import { Icon } from "../parts/Icon";
import { NameField } from "../parts/NameField";
import { editor, useEditor } from "../state/store";

const NONE: GraphPort[] = [];

/** The ports of a group in order: renamed, moved, removed, at the definition and at every instance. */
export function GroupPorts({ group }: { group: string }) {
  return (
    <section aria-label="Ports">
      <h3>Ports</h3>
      <Ports group={group} side="inputs" />
      <Ports group={group} side="outputs" />
      <p className="hint muted">A repeat feeds the first output into the first input. More ports are in the palette, or appear when a wire is drawn to the edge of the group.</p>
    </section>
  );
}

function Ports({ group, side }: { group: string; side: Side }) {
  const ports = useEditor((state) => graphOf(state.history.design, group)?.[side] ?? NONE);
  const { perform } = editor.getState();
  const word = side === "inputs" ? "input" : "output";
  const move = (name: string, to: number) => perform({ type: "movePort", args: { graph: group, side, name, to } }, { say: `Moved ${name}` });
  return (
    <ol className="ed-group-ports" aria-label={side}>
      {ports.map((port, at) => (
        <li key={port.name}>
          <span className="muted">{word}</span>
          <NameField
            label={`Name of ${word} ${port.name}`}
            hideLabel
            value={port.name}
            problem={(name) => (!/^\w+$/.test(name) ? "Use letters, digits and underscores." : ports.some((one) => one.name === name) ? `There is an ${word} ${name} already.` : null)}
            onCommit={(to) => perform({ type: "renamePort", args: { graph: group, side, from: port.name, to } }, { say: `Renamed to ${to}` })}
          />
          <button type="button" className="btn quiet small icon" disabled={at === 0} aria-label={`Move ${port.name} up`} onClick={() => move(port.name, at - 1)}>↑</button>
          <button type="button" className="btn quiet small icon" disabled={at === ports.length - 1} aria-label={`Move ${port.name} down`} onClick={() => move(port.name, at + 1)}>↓</button>
          <button type="button" className="btn quiet small icon" aria-label={`Remove ${word} ${port.name}`} title="Remove it and its wires, here and at every instance" onClick={() => perform({ type: "removePort", args: { graph: group, side, name: port.name } }, { say: `Removed ${port.name}` })}>
            <Icon name="trash" size={13} />
          </button>
        </li>
      ))}
      {!ports.length && <li className="muted">no {side}</li>}
    </ol>
  );
}
