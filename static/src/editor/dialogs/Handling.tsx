import { type Settings, setSettings, useSettings } from "../state/settings";

function Pick<K extends "drag" | "wheel">({ name, label, options }: { name: K; label: string; options: Record<Settings[K], string> }) {
  const value = useSettings((state) => state[name]);
  return (
    <label className="field">
      <span>{label}</span>
      <select className="select" value={value} onChange={(event) => setSettings({ [name]: event.target.value })}>
        {Object.entries<string>(options).map(([id, text]) => <option key={id} value={id}>{text}</option>)}
      </select>
    </label>
  );
}

function Switch({ name, label }: { name: "snap" | "guides"; label: string }) {
  const on = useSettings((state) => state[name]);
  return <label className="row"><input type="checkbox" checked={on} onChange={(event) => setSettings({ [name]: event.target.checked })} /> {label}</label>;
}

/** How mouse, trackpad and canvas behave. */
export function Handling() {
  return (
    <section className="ed-handling" aria-label="Mouse and canvas">
      <Pick name="drag" label="Drag on the empty canvas" options={{ pan: "moves the view (Shift: box select)", select: "selects a box (Space: moves the view)" }} />
      <Pick name="wheel" label="Wheel, two fingers" options={{ auto: "mouse zooms, trackpad moves the view", zoom: "zoom", pan: "move the view (Ctrl: zoom)" }} />
      <Switch name="snap" label="Snap to the grid" />
      <Switch name="guides" label="Alignment guides" />
    </section>
  );
}
