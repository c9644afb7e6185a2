import { useEffect, useState } from "react";
import { useTemplate } from "../actions/files";
import { short } from "../model/format";
import * as server from "../state/server";
import { editor, useEditor } from "../state/store";
import { pointerOrMiddle, toGraph } from "./bridge";

/** What an empty canvas offers: templates, or the first block. */
export function EmptyCanvas() {
  const [zoo, setZoo] = useState<server.ZooRow[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const inGroup = useEditor((state) => state.place.graph !== null);
  useEffect(() => {
    if (!inGroup) server.zoo().then(({ items }) => setZoo(items), (error: Error) => setFault(error.message));
  }, [inGroup]);
  const quick = () => {
    const screen = pointerOrMiddle();
    editor.getState().set({ quickAdd: { screen, at: toGraph(screen) } });
  };
  return (
    <div className="ed-empty">
      <div className="ed-empty-box">
        <h2>{inGroup ? "This group is empty" : "Start from something that works"}</h2>
        <p className="muted">
          {inGroup ? "Add blocks" : "Pick a published architecture, or build from blocks"}: double-click the canvas, press <kbd>Tab</kbd>, or drag one in.
        </p>
        <button type="button" className="btn" onClick={quick}>Add a first block</button>
        {fault && <p className="note bad">Templates cannot be fetched: {fault}</p>}
        {!inGroup && !zoo && !fault && <div className="ed-templates">{Array.from({ length: 6 }, (_, at) => <div key={at} className="skeleton ed-template" />)}</div>}
        {!inGroup && zoo && (
          <ul className="ed-templates">
            {zoo.map((one) => (
              <li key={one.id}>
                <button type="button" className="ed-template card" onClick={() => void useTemplate(one.id)}>
                  {one.picture && <img src={one.picture} alt="" loading="lazy" />}
                  <strong>{one.title || one.id}</strong>
                  <span className="muted num">{one.params != null ? `${short(one.params)} params` : "…"}{one.macs != null ? ` · ${short(one.macs)} MACs` : ""}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
