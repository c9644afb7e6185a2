import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { applyFix } from "../actions/edit";
import { capital } from "../actions/add";
import { isExpression } from "../model/expressions";
import { short, exact, tightShape, value } from "../model/format";
import { graphOf, joinPath, meaningOf, pickedName } from "../model/graph";
import { type Port as PortInfo, portsOf } from "../model/registry";
import { nodeMark } from "../model/overlay";
import type { Issue, Report } from "../model/report";
import type { Design, DesignNode, Params } from "../model/types";
import { Icon } from "../parts/Icon";
import { familyStyle, heatStyle } from "../parts/family";
import { editor, useEditor } from "../state/store";
import { type BlockFlowNode, wiredPorts } from "./flow";
import { Port } from "./Port";
import { useInternals } from "./useInternals";

const unknownPort = (name: string): PortInfo => ({ name, dims: "N ...", dtype: "any", optional: true, variadic: false, role: "data" });

/** Names of ports that wires use although the node has none such; as text, so that selectors can compare it. */
function strayPorts(design: Design, graphKey: string | null, node: string, known: PortInfo[], side: "inputs" | "outputs"): string {
  const graph = graphOf(design, graphKey);
  const used = graph && wiredPorts(graph, node)?.[side];
  return used ? [...used].filter((name) => !known.some((port) => port.name === name)).join(",") : "";
}

const NO_PORTS = { inputs: [], outputs: [] };

function Ports({ node, side }: { node: DesignNode; side: "inputs" | "outputs" }) {
  const ports = useEditor((state) => (state.registry ? portsOf(state.history.design, state.registry, node) : NO_PORTS)[side]);
  const stray = useEditor((state) => strayPorts(state.history.design, state.place.graph, node.id, ports, side));
  const direction = useEditor((state) => state.direction);
  const all = stray ? [...ports, ...stray.split(",").map(unknownPort)] : ports;
  const names = all.map((port) => port.name).join(",");
  useInternals(node.id, `${direction} ${names}`);
  if (!all.length) return null;
  return (
    <div className={`ed-ports ${side}`}>
      {all.map((port) => (
        <Port key={port.name} node={node.id} port={port} side={side} named={all.length > 1} unknown={!ports.includes(port)} />
      ))}
    </div>
  );
}

/** What the params came to; of a repeated group, in its first repetition. */
function resolvedOf(report: Report | null, path: string): Params | undefined {
  const own = report?.nodes[path]?.resolved;
  return own && Object.keys(own).length ? own : report?.nodes[`${path}.0`]?.resolved;
}

/** The first params in a line; an expression shows what it gives, where that is known. */
const summary = (params: Params | undefined, resolved?: Params): string =>
  Object.entries(params ?? {})
    .slice(0, 4)
    .map(([name, one]) => `${name.replace(/_/g, " ")} ${value(isExpression(one) && resolved?.[name] != null ? resolved[name] : one)}`)
    .join(" · ");

function Title({ node }: { node: DesignNode }) {
  const meaning = useEditor((state) => meaningOf(state.history.design, node));
  const title = useEditor((state) =>
    meaning.group ? meaning.group : meaning.block ? capital(state.registry?.blocks.get(meaning.block)?.title ?? meaning.block) : "empty choice",
  );
  const picked = useEditor((state) => pickedName(state.history.design, node));
  const repeats = useEditor((state) => state.report?.nodes[joinPath(state.place.path, node.id)]?.repeat);
  const expression = typeof node.pick === "string" && node.pick.startsWith("=") ? node.pick : null;
  return (
    <header>
      <strong className="ed-title">{node.label || title}</strong>
      <span className="ed-id">{node.id}</span>
      {picked !== undefined && (
        <span className="ed-badge choice" title={`A choice between ${Object.keys(node.choice ?? {}).join(", ")}; now ${picked}${expression ? `, picked by ${expression}` : ""}`}>
          {Object.keys(node.choice ?? {}).length} options
        </span>
      )}
      {node.repeat != null && (
        <span className="ed-badge" title={`Repeated as a chain${typeof node.repeat === "string" ? `, ${node.repeat} times` : ""}`}>
          ×{repeats ?? (typeof node.repeat === "string" ? node.repeat.slice(1) : node.repeat)}
        </span>
      )}
    </header>
  );
}

function Footer({ id }: { id: string }) {
  const figures = useEditor((state) => state.report?.nodes[joinPath(state.place.path, id)]);
  const output = figures?.outputs && Object.values(figures.outputs)[0];
  return (
    <footer>
      <span className="ed-shape" title="Output shape, without the batch">{output?.shape ? tightShape(output.shape) : "–"}</span>
      <span className="ed-figures">
        {!!figures?.params && <span title={`${exact(figures.params)} parameters`}>{short(figures.params)}<i> params</i></span>}
        {!!figures?.macs && <span title={`${exact(figures.macs)} multiply-adds per sample`}>{short(figures.macs)}<i> MACs</i></span>}
      </span>
    </footer>
  );
}

function Issues({ id }: { id: string }) {
  const issues = useEditor((state) => state.issues.get(id));
  const path = useEditor((state) => joinPath(state.place.path, id));
  if (!issues?.length) return null;
  const [first, ...more] = issues;
  const inside = first!.path !== path && first!.path.startsWith(`${path}.`);
  return (
    <div className="ed-issue nodrag" data-severity={first!.severity ?? "error"} role="note">
      <Icon name="warn" size={14} />
      <p>
        {inside && <b>{first!.path.slice(path.length + 1)}: </b>}
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

function Mark({ path }: { path: string }) {
  const mark = useEditor((state) => nodeMark(state.overlay, path));
  if (!mark?.text) return null;
  return <p className="ed-mark" data-tone={mark.tone} title={mark.title}>{mark.text}</p>;
}

const severityOf = (issues: Issue[] | undefined): "error" | "warning" | undefined =>
  issues && (issues.some((issue) => issue.severity !== "warning") ? "error" : "warning");

export const BlockNode = memo(function BlockNode({ id, data, selected }: NodeProps<BlockFlowNode>) {
  const { node } = data;
  const group = useEditor((state) => meaningOf(state.history.design, node).group ?? null);
  const inside = useEditor((state) => (group ? (state.history.design.groups?.[group]?.nodes.length ?? 0) : 0));
  const family = useEditor((state) => {
    const block = meaningOf(state.history.design, node).block;
    return block ? (state.registry?.blocks.get(block)?.family ?? "other") : "group";
  });
  const bypassed = useEditor((state) => state.report?.nodes[joinPath(state.place.path, id)]?.bypassed ?? node.bypass === true);
  const broken = useEditor((state) => severityOf(state.issues.get(id)));
  const path = useEditor((state) => joinPath(state.place.path, id));
  const heat = useEditor((state) => nodeMark(state.overlay, path)?.heat);
  const params = useEditor((state) => meaningOf(state.history.design, node).params);
  const resolved = useEditor((state) => resolvedOf(state.report, joinPath(state.place.path, id)));
  const text = summary(params, resolved);
  const written = summary(params);
  return (
    <div
      className="ed-node"
      style={heat === undefined ? familyStyle(family) : { ...familyStyle(family), ...heatStyle(heat) }}
      data-selected={selected || undefined}
      data-group={group !== null || undefined}
      data-bypassed={bypassed || undefined}
      data-broken={broken}
      data-heat={heat !== undefined || undefined}
      data-testid={`node-${id}`}
    >
      <Ports node={node} side="inputs" />
      <Title node={node} />
      {(text || group) && (
        <p className="ed-params" title={written}>{text || `${inside} node${inside === 1 ? "" : "s"} inside`}</p>
      )}
      <Footer id={id} />
      <Mark path={path} />
      {bypassed && <span className="ed-bypassed">bypassed</span>}
      {group !== null && (
        <button type="button" className="ed-open nodrag" title="Open the group (double-click)" aria-label={`Open group ${group}`} onClick={() => editor.getState().enter(id)}>
          <Icon name="enter" size={14} />
        </button>
      )}
      <Issues id={id} />
      <Ports node={node} side="outputs" />
    </div>
  );
});
