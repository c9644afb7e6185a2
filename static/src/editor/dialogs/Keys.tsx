import { type KeyboardEvent, useState } from "react";
import { Dialog } from "@shared/ui/Dialog";
import { ACTIONS, type Action, TOPICS } from "../actions/table";
import { clashes, given, keysOf, reset, setCustomKeys, useCustomKeys } from "../keys/bindings";
import { comboOf, isWhole, showKeys, writeKeys } from "../keys/combo";
import { search } from "../model/fuzzy";
import { Handling } from "./Handling";
import "./keys.css";

const MOUSE: readonly [does: string, how: string][] = [
  ["Move the view", "drag the canvas; middle button or Space-drag anywhere"],
  ["Select a box", "Shift-drag"],
  ["Add to the selection", "Ctrl-click"],
  ["Clone", "Alt-drag a node"],
  ["Connect", "drag from port to port, or click both"],
  ["Search what fits", "drop a wire on the canvas"],
  ["Cut a wire", "Alt-click it"],
  ["Move a wire's end", "drag it to another port"],
  ["Put a node into a wire", "drop it there"],
  ["Place off the grid", "hold Alt while dragging"],
  ["Menu", "right-click, or a long press"],
];

/** All keys, to look up and to change, and how mouse and canvas behave. */
export function Keys({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [recording, setRecording] = useState<string | null>(null);
  const custom = useCustomKeys((state) => state.custom);
  const found = search(ACTIONS, query, (one) => [
    { text: one.title, weight: 1 },
    { text: keysOf(one, custom).map(writeKeys).join(" "), weight: 1, plain: true },
    { text: `${one.topic} ${one.words ?? ""}`, weight: 0.5, plain: true },
  ]);
  return (
    <Dialog title="Keyboard and mouse" onClose={onClose} wide footer={Object.keys(custom).length > 0 && <button type="button" className="btn" onClick={() => setCustomKeys({})}>Give all keys back</button>}>
      <div className="search">
        <input className="input" type="search" autoFocus placeholder="Search actions and keys" aria-label="Search actions and keys" value={query} onChange={(event) => setQuery(event.target.value)} />
      </div>
      {!query && <Handling />}
      <div className="ed-keys">
        {TOPICS.filter((topic) => found.some((one) => one.topic === topic)).map((topic) => (
          <section key={topic}>
            <h3>{topic}</h3>
            <ul>
              {found.filter((one) => one.topic === topic).map((one) => (
                <Row key={one.id} action={one} recording={recording === one.id} onRecord={(on) => setRecording(on ? one.id : null)} />
              ))}
            </ul>
          </section>
        ))}
        {!found.length && <p className="muted">No action matches "{query}".</p>}
        {!query && (
          <section>
            <h3>Mouse and touch</h3>
            <ul>{MOUSE.map(([does, how]) => <li key={does}><span className="grow">{does}</span><span className="muted">{how}</span></li>)}</ul>
          </section>
        )}
      </div>
    </Dialog>
  );
}

function Row({ action, recording, onRecord }: { action: Action; recording: boolean; onRecord: (on: boolean) => void }) {
  const custom = useCustomKeys((state) => state.custom);
  const [wish, setWish] = useState<string | null>(null);
  const keys = keysOf(action, custom);
  const holder = wish === null ? undefined : clashes(ACTIONS, custom, wish, action.id)[0];
  const take = (combo: string) => {
    setCustomKeys(given(ACTIONS, custom, action.id, combo));
    setWish(null);
  };
  const stop = () => (onRecord(false), setWish(null));
  const onKeyDown = (event: KeyboardEvent) => {
    if (!recording || !isWhole(event)) return;
    event.preventDefault();
    event.stopPropagation();
    onRecord(false);
    const combo = comboOf(event.nativeEvent);
    if (combo === "escape") return;
    if (clashes(ACTIONS, custom, combo, action.id).length) setWish(combo);
    else take(combo);
  };
  return (
    <li data-action={action.id}>
      <span className="grow">{action.title}</span>
      {keys.map((combo) => <span key={combo} className="ed-combo">{showKeys(combo).map((key) => <kbd key={key}>{key}</kbd>)}</span>)}
      {action.id in custom && <button type="button" className="btn quiet small" onClick={() => setCustomKeys(reset(ACTIONS, custom, action.id))}>Reset</button>}
      {action.fixed ? (
        <span className="muted" title="The browser gives access to the clipboard for its own keys only">fixed</span>
      ) : (
        <button type="button" className="btn quiet small" aria-label={`Change the keys of ${action.title}`} aria-pressed={recording} onKeyDown={onKeyDown} onBlur={() => recording && onRecord(false)} onClick={() => (recording ? stop() : (setWish(null), onRecord(true)))}>
          {recording ? "Press keys…" : "Change"}
        </button>
      )}
      {wish !== null && holder && (
        <p className="note warn ed-clash" role="alert">
          <span className="grow"><kbd>{writeKeys(wish)}</kbd> is bound to: {holder.title}.</span>
          {!holder.fixed && <button type="button" className="btn small" onClick={() => take(wish)}>Take it</button>}
          <button type="button" className="btn small" onClick={stop}>Leave it</button>
        </p>
      )}
    </li>
  );
}
