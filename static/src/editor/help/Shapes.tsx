import { tightShape } from "../model/format";
import type { Port } from "../model/registry";
import type { TensorInfo } from "../model/report";
import { useEditor } from "../state/store";

type Tensors = Record<string, TensorInfo | TensorInfo[]> | undefined;

const shapesOf = (tensors: Tensors, port: string): string =>
  [tensors?.[port] ?? []].flat().map((one) => (one.shape ? tightShape(one.shape) : "?")).join(", ");

const remarks = (port: Port): string =>
  [port.variadic && "one or more", port.optional && "optional", port.dtype === "int" && "whole numbers"].filter(Boolean).join(", ");

/** What goes in and out: the dims by name, and at a node the sizes there. */
export function Shapes({ inputs, outputs, path }: { inputs: readonly Port[]; outputs: readonly Port[]; path: string | undefined }) {
  const report = useEditor((state) => (path === undefined ? undefined : state.report?.nodes[path]));
  const rows = [
    ...inputs.map((port) => ({ port, way: "in", here: shapesOf(report?.inputs, port.name) })),
    ...outputs.map((port) => ({ port, way: "out", here: shapesOf(report?.outputs, port.name) })),
  ];
  return (
    <table className="ed-help-table">
      <thead>
        <tr>
          <th scope="col"><span className="visually-hidden">Way</span></th>
          <th scope="col">Port</th>
          <th scope="col">Shape</th>
          {report && <th scope="col">Here, without N</th>}
          <th scope="col"><span className="visually-hidden">Remarks</span></th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ port, way, here }) => (
          <tr key={`${way}.${port.name}`}>
            <td className="muted">{way}</td>
            <td className="mono">{port.name}</td>
            <td className="mono">{port.dims}</td>
            {report && <td className="mono">{here || "–"}</td>}
            <td className="muted">{remarks(port)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
