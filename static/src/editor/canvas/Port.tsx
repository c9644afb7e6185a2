import { Handle, Position } from "@xyflow/react";
import { memo } from "react";
import { joinEnd } from "../model/graph";
import type { Port as PortInfo } from "../model/registry";
import { canConnect } from "../model/validate";
import { tensorOn } from "../model/report";
import { useEditor } from "../state/store";
import type { EditorState } from "../state/types";
import { KIND_TEXT, type WireKind } from "./kinds";
import { useLook } from "./look";

/** What a port says while a wire is drawn: "" fits, a sentence why not, null when no wire is drawn. */
function verdict(state: EditorState, end: string, side: "inputs" | "outputs"): string | null {
  const { drawing, registry, place } = state;
  if (!drawing || !registry) return null;
  if ((drawing.side === "from") === (side === "outputs")) return drawing.end === end ? "" : "Wires join an output to an input.";
  const [from, to] = drawing.side === "from" ? [drawing.end, end] : [end, drawing.end];
  const tensor = tensorOn(state.report, place.path, { from, to: "." });
  const found = canConnect(state.history.design, registry, place.graph, from, to, tensor);
  return found.ok ? "" : found.reason;
}

interface Props {
  node: string;
  port: PortInfo;
  kind: WireKind;
  side: "inputs" | "outputs";
  named: boolean;
  unknown?: boolean;
}

export const Port = memo(function Port({ node, port, kind, side, named, unknown = false }: Props) {
  const { direction } = useLook();
  const end = joinEnd(node, port.name);
  const why = useEditor((state) => verdict(state, end, side));
  const input = side === "inputs";
  const position = direction === "down" ? (input ? Position.Top : Position.Bottom) : input ? Position.Left : Position.Right;
  const about = [
    `${input ? "input" : "output"} ${port.name}: ${port.dims} (${KIND_TEXT[kind]})`,
    port.optional ? "optional" : "",
    port.variadic ? "takes any number of wires, in order" : "",
    unknown ? "unknown to this block" : "",
    why ?? "",
  ].filter(Boolean);
  return (
    <div className="ed-port" data-side={side}>
      <Handle
        id={port.name}
        type={input ? "target" : "source"}
        position={position}
        className="ed-handle"
        data-kind={kind}
        data-variadic={port.variadic || undefined}
        data-optional={port.optional || undefined}
        data-unknown={unknown || undefined}
        data-fits={why === null ? undefined : why === "" ? "yes" : "no"}
        title={about.join("\n")}
        role="img"
        aria-label={about.join(", ")}
      />
      {(named || why) && <span className="ed-port-name">{port.name}</span>}
    </div>
  );
});
