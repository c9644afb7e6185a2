import { value } from "../model/format";
import { instancesOf } from "../model/instances";
import { editor, useEditor } from "../state/store";

/** The nodes that stand for a group; a click goes there. */
export function Instances({ group }: { group: string }) {
  const design = useEditor((state) => state.history.design);
  const list = instancesOf(design, group);
  return (
    <section aria-label="Instances">
      <h3>{list.length === 1 ? "One instance" : `${list.length} instances`}</h3>
      <ul className="ed-list">
        {list.map((one) => (
          <li key={`${one.graph}/${one.node}`}>
            <button
              type="button"
              className="ed-link ed-cost"
              disabled={!one.steps}
              title={one.steps ? "Go there" : "It lies in an alternative that is not picked now"}
              onClick={() => one.steps && editor.getState().goTo(one.steps, [one.node])}
            >
              <span className="mono grow ellipsis">{one.graph === null ? one.node : `${one.graph} / ${one.node}`}</span>
              {one.repeat !== null && <span className="badge">×{value(one.repeat)}</span>}
            </button>
          </li>
        ))}
        {!list.length && <li className="muted">None. It can be added from the palette.</li>}
      </ul>
    </section>
  );
}
