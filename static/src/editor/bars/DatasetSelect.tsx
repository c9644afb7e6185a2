import { chooseDataset } from "../state/session";
import { useEditor } from "../state/store";

/** The data whose facts the design follows; a phone has it among the facts, as the bar has no room. */
export function DatasetSelect() {
  const datasets = useEditor((state) => state.datasets);
  const dataset = useEditor((state) => state.dataset);
  const task = useEditor((state) => state.history.design.task);
  const ready = datasets.filter((one) => one.state === "ready" || one.state === "download");
  const fits = ready.filter((one) => !task || !one.task || one.task === task);
  const others = ready.filter((one) => !fits.includes(one));
  const option = (one: (typeof ready)[number]) => <option key={one.id} value={one.id}>{one.name}</option>;
  return (
    <label className="ed-dataset" title="The data whose facts the design follows: number of classes, size of pictures">
      <span>Data</span>
      <select className="select" aria-label="Data set" value={dataset ?? ""} onChange={(event) => chooseDataset(event.target.value || null)}>
        <option value="">none</option>
        {fits.map(option)}
        {others.length > 0 && <optgroup label="For other tasks">{others.map(option)}</optgroup>}
      </select>
    </label>
  );
}
