import { joinPath } from "../model/graph";
import { madeBy, madeGroup } from "../model/made";
import { familyStyle } from "../parts/family";
import { useEditor } from "../state/store";
import { Figures } from "./Figures";

/** The group in view where a generator made it: what it is, with what parameters, and that it cannot be edited. */
export function MadeDefinition({ name }: { name: string }) {
  const figures = useEditor((state) => state.report?.nodes[state.place.path]);
  const path = useEditor((state) => joinPath("", state.place.path));
  const group = madeGroup(name);
  const made = madeBy(name);
  return (
    <div className="stack">
      <header className="ed-inspector-head" style={familyStyle("group")}>
        <span className="ed-swatch" aria-hidden="true" />
        <h2>{made.name}</h2>
        <span className="badge">made</span>
      </header>
      <p className="note">The generator {made.generator} made this from its parameters; it is read-only. Turn its node into a group to edit what is inside.</p>
      {group?.doc && <p className="muted">{group.doc}</p>}
      <Figures figures={figures} path={path} />
    </div>
  );
}
