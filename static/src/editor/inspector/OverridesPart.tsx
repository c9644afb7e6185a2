import { goToPath } from "../actions/navigate";
import { capital } from "../model/format";
import { graphOf, isRepeated, joinPath, nodeOf, placeOf } from "../model/graph";
import { isMade } from "../model/made";
import { fits, overridesAt, replacementAt, wordsOf } from "../model/overrides";
import { entryOf } from "../model/registry";
import type { Issue } from "../model/report";
import type { DesignNode, GraphKey, Override } from "../model/types";
import { editor, useEditor } from "../state/store";
import { HereParams } from "./HereParams";
import { PutHere } from "./PutHere";

const NONE: Override[] = [];
const NO_ISSUES: Issue[] = [];
const { perform } = editor.getState();

function Line({ override, index, leads }: { override: Override; index: number; leads: boolean }) {
  return (
    <li className="row">
      {leads ? (
        <button type="button" className="ed-link" onClick={() => goToPath(override.at)}><b className="mono">{override.at}</b> {wordsOf(override).join(", ")}</button>
      ) : (
        <span>{override.at.includes("*") && <b className="mono">{override.at} </b>}{wordsOf(override).join(", ")}</span>
      )}
      <button type="button" className="btn quiet small" aria-label={`Take back what differs at ${override.at}`} onClick={() => perform({ type: "removeOverride", args: { index } }, { say: `${override.at} is as defined again` })}>Take back</button>
    </li>
  );
}

interface Place {
  /** The graph that the node stands in. */
  graph: GraphKey;
  node: DesignNode;
  path: string;
}

/** What differs at one path alone, and how to make it differ there. */
function Here({ graph, node, path, params = false }: Place & { params?: boolean }) {
  const design = useEditor((state) => state.history.design);
  const registry = useEditor((state) => state.registry);
  const issues = useEditor((state) => state.report?.errors) ?? NO_ISSUES;
  const here = (design.overrides ?? NONE).map((override, index) => ({ override, index })).filter(({ override }) => fits(override.at, path));
  const own = here.findLast(({ override }) => override.at === path)?.override;
  const placed = replacementAt(design, path);
  const what = placed ?? (params && node.group ? node : undefined);
  const bypass = here.findLast(({ override }) => override.bypass != null)?.override.bypass ?? null;
  const set = (to: boolean) => perform({ type: "setOverride", args: { at: path, bypass: to } }, { label: to ? "bypass only here" : "use here", say: `${path} is ${to ? "bypassed" : "in use"}, here alone` });
  return (
    <section className="stack" aria-label="Only here">
      <h3>Only here</h3>
      {here.length > 0 && <ul className="ed-list">{here.map(({ override, index }) => <Line key={index} override={override} index={index} leads={false} />)}</ul>}
      {what && (
        <>
          {placed && <h4>In its place: {capital(entryOf(registry, placed)?.title ?? placed.group ?? placed.block ?? placed.generator ?? "")}</h4>}
          <HereParams key={placed ? `${placed.block} ${placed.group} ${placed.generator}` : ""} what={what} path={path} set={placed && placed !== own ? { ...placed.params, ...own?.params } : own?.params} issues={issues.filter((issue) => issue.path === path)} />
        </>
      )}
      {(graph !== null || isRepeated(node)) && (
        <div className="row wrap">
          {bypass === null && (
            <button type="button" className="btn small" title={`At ${path} alone; other instances and repetitions stay as they are`} onClick={() => set(node.bypass !== true)}>
              {node.bypass === true ? "Use it only here" : "Bypass only here"}
            </button>
          )}
          <PutHere graph={graph} node={node} path={path} />
        </div>
      )}
    </section>
  );
}

/** What differs at the path of a node in view; nothing to say at the top, where a node is at one place. */
export function OnlyHerePart({ node }: { node: DesignNode }) {
  const graph = useEditor((state) => state.place.graph);
  const path = useEditor((state) => joinPath(state.place.path, node.id));
  const differs = useEditor((state) => overridesAt(state.history.design, path).length > 0);
  return isMade(graph) || (graph === null && !differs) ? null : <Here graph={graph} node={node} path={path} />;
}

/** The same of the instance, or the repetition, whose inside is in view, with its group's parameters. */
export function InstanceHerePart() {
  const design = useEditor((state) => state.history.design);
  const steps = useEditor((state) => state.steps);
  const path = useEditor((state) => state.place.path);
  const last = steps.at(-1);
  if (!last || (steps.length === 1 && last.index === null)) return null;
  const { graph } = placeOf(design, steps.slice(0, -1));
  const node = nodeOf(graphOf(design, graph), last.node);
  if (!node?.group || isMade(graph)) return null;
  return (
    <>
      {replacementAt(design, path) && <p className="note warn">Something else stands at {path}: what is drawn here is not used there.</p>}
      <Here graph={graph} node={node} path={path} params />
    </>
  );
}

/** All that differs anywhere in the design. */
export function OverridesPart() {
  const overrides = useEditor((state) => state.history.design.overrides) ?? NONE;
  if (!overrides.length) return null;
  return (
    <section aria-label="Instances that differ">
      <h3>{overrides.length} instance{overrides.length === 1 ? " differs" : "s differ"} from the definition</h3>
      <ul className="ed-list">{overrides.map((override, index) => <Line key={index} override={override} index={index} leads />)}</ul>
    </section>
  );
}
