import { waysIn } from "../model/instances";
import { type Dimension, spaceSize, spaceStory } from "../model/space";
import { editor, useEditor } from "../state/store";

/** The search space: its size, and what it is made of. */
export function SpacePart() {
  const space = useEditor((state) => state.report?.space);
  if (!space) return null;
  return (
    <section aria-label="Search space">
      <h3>Search space</h3>
      <p title={spaceStory(space)}><strong className="num ed-space">{spaceSize(space)}</strong> <span className="muted">different designs</span></p>
      <ul className="ed-list">
        {space.dimensions.map((one) => <DimensionRow key={one.name} dimension={one} />)}
      </ul>
    </section>
  );
}

function DimensionRow({ dimension: { name, count, at, used, conditional } }: { dimension: Dimension }) {
  const note = !used ? "not used yet" : conditional ? "where it matters" : "";
  const about = conditional ? "It lies in an alternative, or under a condition, and counts only where that holds." : undefined;
  const row = (
    <>
      <span className="mono grow ellipsis">{name}</span>
      {note && <span className="muted">{note}</span>}
      <span className="num">{count === null ? "continuous" : `×${count}`}</span>
    </>
  );
  const go = (): void => {
    const steps = at && waysIn(editor.getState().design()).get(at.group);
    if (at && steps) editor.getState().goTo(steps, [at.node]);
  };
  return (
    <li title={about}>
      {at ? <button type="button" className="ed-link ed-cost" onClick={go}>{row}</button> : (
        <span className="ed-cost" onPointerEnter={() => editor.getState().set({ lit: name })} onPointerLeave={() => editor.getState().set({ lit: null })}>{row}</span>
      )}
    </li>
  );
}
