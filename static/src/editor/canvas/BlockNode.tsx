import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { applyFix } from "../actions/edit";
import { openInside } from "../actions/generators";
import { NODE_HEIGHT } from "../layout/place";
import { explain } from "../model/figures";
import { capital, short, tightShape } from "../model/format";
import type { Issue } from "../model/report";
import { Icon } from "../parts/Icon";
import { familyStyle, heatStyle } from "../parts/family";
import { Badges } from "./Badges";
import type { BlockFlowNode } from "./flow";
import { useLook } from "./look";
import { Port } from "./Port";
import { RepeatBadge } from "./RepeatBadge";
import type { NodeView, PortView } from "./scene";
import { useInternals } from "./useInternals";

function Ports({ node, ports, side }: { node: string; ports: PortView[]; side: "inputs" | "outputs" }) {
  if (!ports.length) return null;
  return (
    <div className={`ed-ports ${side}`}>
      {ports.map((one) => (
        <Port key={one.port.name} node={node} port={one.port} kind={one.kind} side={side} named={ports.length > 1} unknown={one.unknown} />
      ))}
    </div>
  );
}

function Title({ id, view }: { id: string; view: NodeView }) {
  return (
    <header>
      <strong className="ed-title">{view.title}</strong>
      <span className="ed-id">{id}</span>
      <Badges view={view} />
      <RepeatBadge id={id} view={view} />
    </header>
  );
}

function Footer({ view }: { view: NodeView }) {
  return (
    <footer>
      <span className="ed-shape" title="Output shape, without the batch">{view.output?.shape ? tightShape(view.output.shape) : "–"}</span>
      <span className="ed-figures">
        {!!view.params && <span title={explain("params", view.params)}>{short(view.params)}<i> params</i></span>}
        {!!view.macs && <span title={explain("macs", view.macs, view.uncounted ? [view.uncounted] : [])}>{short(view.macs)}<i> MACs</i></span>}
      </span>
    </footer>
  );
}

function Issues({ view }: { view: NodeView }) {
  if (!view.issues?.length) return null;
  const [first, ...more] = view.issues;
  const inside = first!.path !== view.path && first!.path.startsWith(`${view.path}.`);
  return (
    <div className="ed-issue nodrag" data-severity={first!.severity ?? "error"} role="note">
      <Icon name="warn" size={14} />
      <p>
        {inside && <b>{first!.path.slice(view.path.length + 1)}: </b>}
        {first!.message}
        {first!.remedy && <span className="ed-remedy"> {capital(first!.remedy)}.</span>}
        {more.length > 0 && <em> and {more.length} more</em>}
      </p>
      {first!.fix && (
        <button type="button" className="btn small" onClick={(event) => (event.stopPropagation(), applyFix(first!))}>
          {first!.fix.label ? capital(first!.fix.label) : "Fix"}
        </button>
      )}
    </div>
  );
}

const MUTED = { muted: "Gives nothing; what only it feeds is left out with it", "left out": "Nothing but muted nodes feeds it" };

const severityOf = (issues: Issue[] | undefined): "error" | "warning" | undefined =>
  issues && (issues.some((issue) => issue.severity !== "warning") ? "error" : "warning");

/** A node; from far away a box of the same size, since nothing on it could be read. */
export const BlockNode = memo(function BlockNode({ id, data, selected, height }: NodeProps<BlockFlowNode>) {
  const { view } = data;
  const { group, mark } = view;
  const { direction, detail } = useLook();
  const far = detail === "far";
  const names = (ports: PortView[]): string => ports.map((one) => one.port.name).join(",");
  useInternals(id, far ? null : `${direction} ${names(view.inputs)} ${names(view.outputs)}`);
  return (
    <div
      className="ed-node"
      style={{ ...familyStyle(view.family), ...(mark?.heat !== undefined && heatStyle(mark.heat)), ...(far && { height: height || NODE_HEIGHT }) }}
      data-selected={selected || undefined}
      data-group={group !== null || undefined}
      data-bypassed={view.bypassed || undefined}
      data-muted={view.muted !== null || undefined}
      data-broken={severityOf(view.issues)}
      data-heat={mark?.heat !== undefined || undefined}
      data-lit={view.lit || undefined}
      data-far={far || undefined}
      data-testid={`node-${id}`}
    >
      {!far && (
        <>
          <Ports node={id} ports={view.inputs} side="inputs" />
          <Title id={id} view={view} />
          {view.summary && <p className="ed-params" title={view.written}>{view.summary}</p>}
          <Footer view={view} />
          {mark?.text && <p className="ed-mark" data-tone={mark.tone} title={mark.title}>{mark.text}</p>}
          {view.bypassed && view.muted === null && <span className="ed-bypassed">bypassed</span>}
          {view.muted !== null && <span className="ed-bypassed" title={MUTED[view.muted]}>{view.muted}</span>}
          {group !== null && (
            <button type="button" className="ed-open nodrag" title="Open the group (double-click)" aria-label={`Open group ${group}`} onClick={() => void openInside(id)}>
              <Icon name="enter" size={14} />
            </button>
          )}
          <Issues view={view} />
          <Ports node={id} ports={view.outputs} side="outputs" />
        </>
      )}
    </div>
  );
});
