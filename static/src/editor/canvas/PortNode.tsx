import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { tightShape } from "../model/format";
import { graphOf } from "../model/graph";
import { inputPort, outputPort } from "../model/registry";
import { tensorOn } from "../model/report";
import { useEditor } from "../state/store";
import { kindOfDims, kindOfTensor } from "./kinds";
import { useLook } from "./look";
import type { PortFlowNode } from "./flow";
import { Port } from "./Port";
import { useInternals } from "./useInternals";

/** One of the graph's own ports: where data comes in, where a result leaves. */
export const PortNode = memo(function PortNode({ id, data, selected }: NodeProps<PortFlowNode>) {
  const { port, side, issues } = data;
  const input = side === "input";
  const { direction } = useLook();
  useInternals(id, direction);
  const tensor = useEditor((state) => {
    const graph = graphOf(state.history.design, state.place.graph);
    const edge = graph?.edges.find((one) => (input ? one.from : one.to) === id);
    if (edge) return tensorOn(state.report, state.place.path, edge);
    return input && !state.place.path ? state.report?.inputs[port.name] : undefined;
  });
  const info = input ? inputPort(port.name, port.kind) : outputPort(port.name);
  const kind = input && tensor?.shape ? kindOfTensor(tensor) : kindOfDims(info.dims, info.dtype);
  return (
    <div className="ed-end" data-side={side} data-selected={selected || undefined} data-broken={!!issues || undefined} title={issues?.map((one) => one.message).join("\n")} data-testid={`node-${id}`}>
      {!input && <div className="ed-ports inputs"><Port node="output" port={info} kind={kind} side="inputs" named={false} /></div>}
      <span className="ed-end-kind">{input ? (port.kind ?? "input") : port.weight == null ? "output" : `for training, × ${String(port.weight).replace(/^=/, "")}`}</span>
      <strong>{port.name}</strong>
      <span className="ed-shape">{tensor?.shape ? tightShape(tensor.shape) : "–"}</span>
      {issues && <span className="ed-end-issue">{issues[0]!.message}</span>}
      {input && <div className="ed-ports outputs"><Port node="input" port={info} kind={kind} side="outputs" named={false} /></div>}
    </div>
  );
});
