import { Icon } from "../parts/Icon";
import type { NodeView } from "./scene";
import "./badges.css";

/** What a node is besides its block: a choice, one of several instances, part of the search space. */
export function Badges({ view }: { view: NodeView }) {
  const { options, group, instances, only, searched } = view;
  return (
    <>
      {searched && (
        <span className="ed-badge varies" role="img" aria-label={`May vary: ${searched}`} title={`May vary: ${searched}`}>
          <Icon name="sliders" size={11} />
        </span>
      )}
      {only && <span className="ed-badge only" title={`Only here: ${only}`}>only here</span>}
      {options && (
        <span className="ed-badge choice" title={`A choice between ${options.names.join(", ")}; now ${options.picked}${options.by ? `, picked by ${options.by}` : ""}`}>
          {options.names.length} options
        </span>
      )}
      {instances > 1 && <span className="ed-badge instance" title={`One of ${instances} instances of ${group}. What is inside is their common definition: a change there changes all.`}>1 of {instances}</span>}
    </>
  );
}
