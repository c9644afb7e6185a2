import { useId } from "react";
import { helpOnNode, openHelp } from "../actions/help";
import { capital } from "../model/format";
import { applyFix, removeSelection, toggleBypass, toggleMute } from "../actions/edit";
import { makeUnique, ungroupSelection, unrollSelection } from "../actions/groups";
import { openInside, turnIntoGroup } from "../actions/generators";
import { isExpression } from "../model/expressions";
import { freshVariable } from "../model/edits/variables";
import { graphOf, groupUses, idProblem, joinPath } from "../model/graph";
import { isMade, madeBy } from "../model/made";
import { entryOf } from "../model/registry";
import type { Issue } from "../model/report";
import type { DesignNode } from "../model/types";
import { Icon } from "../parts/Icon";
import { focusSoon } from "../parts/focus";
import { NameField } from "../parts/NameField";
import { familyStyle } from "../parts/family";
import { editor, useEditor } from "../state/store";
import { ChoicePart } from "./ChoicePart";
import { Figures } from "./Figures";
import { OnlyHerePart } from "./OverridesPart";
import { InputsPart } from "./InputsPart";
import { ParamsForm } from "./ParamsForm";
import { TypedInput } from "./ParamField";

const NO_ISSUES: Issue[] = [];
const perform = editor.getState().perform;

export function NodeInspector({ node }: { node: DesignNode }) {
  const graph = useEditor((state) => state.place.graph);
  const path = useEditor((state) => joinPath(state.place.path, node.id));
  const report = useEditor((state) => state.report?.nodes[joinPath(state.place.path, node.id)]);
  const issues = useEditor((state) => state.issues.get(node.id)) ?? NO_ISSUES;
  const entry = useEditor((state) => entryOf(state.registry, node));
  const inMade = isMade(graph);
  const title = (isMade(node.group) ? madeBy(node.group).name : node.group) ?? (entry ? capital(entry.title) : node.choice ? "Choice" : (node.block ?? node.generator));
  const opens = node.group || node.generator;
  return (
    <fieldset className="stack ed-made" disabled={inMade}>
      <header className="ed-inspector-head" style={familyStyle(opens ? "group" : (entry?.family ?? "other"))}>
        <span className="ed-swatch" aria-hidden="true" />
        <h2>{title}</h2>
        <span className="badge">{node.group ? "group" : node.generator ? "generator" : node.choice ? "choice" : (entry?.family ?? "unknown block")}</span>
        {(entry || node.group) && (
          <button type="button" className="btn quiet icon small" aria-label={`Help on ${title}`} title="Help: formula, shapes, paper (F1)" onClick={() => openHelp(helpOnNode(node))}>
            <Icon name="help" />
          </button>
        )}
      </header>
      {entry && <p className="muted">{entry.help}</p>}
      {inMade && <p className="note">A generator made this; it is read-only.</p>}
      {issues.map((issue, at) => <IssueNote key={at} issue={issue} path={path} />)}
      <NameField
        label="Id"
        className="ed-rename"
        value={node.id}
        problem={(id) => {
          const here = graphOf(editor.getState().design(), graph);
          return here ? idProblem(here, id, node.id) : null;
        }}
        onCommit={(to) => {
          perform({ type: "renameNode", args: { graph, from: node.id, to } }, { say: `Renamed to ${to}` });
          editor.getState().select([to]);
        }}
      />
      {node.choice ? <ChoicePart node={node} /> : <ParamsForm node={node} params={node.params ?? {}} what={node} resolved={report?.resolved} issues={issues} />}
      {node.generator && <GeneratorActions id={node.id} />}
      {node.group && !inMade && <GroupActions node={node} name={node.group} />}
      <OnlyHerePart node={node} />
      <InputsPart node={node} />
      <Flow node={node} />
      <Figures figures={report} path={path} />
      <div className="row wrap">
        <button type="button" className="btn small danger" onClick={() => removeSelection()}><Icon name="trash" size={14} /> Delete</button>
        {!node.choice && node.block && (
          <button type="button" className="btn small" onClick={() => perform({ type: "makeChoice", args: { graph, node: node.id, name: node.block! } })}>Offer alternatives</button>
        )}
      </div>
    </fieldset>
  );
}

function GeneratorActions({ id }: { id: string }) {
  return (
    <>
      <div className="row wrap">
        <button type="button" className="btn small" onClick={() => void openInside(id)}><Icon name="enter" size={14} /> Open</button>
        <button type="button" className="btn small" title="An ordinary group in its place, which can be edited" onClick={() => void turnIntoGroup(id)}>Turn into a group</button>
      </div>
      <p className="muted">Made anew whenever its parameters change: what is inside can be looked at, not edited.</p>
    </>
  );
}

function IssueNote({ issue, path }: { issue: Issue; path: string }) {
  const inside = issue.path.startsWith(`${path}.`) ? issue.path.slice(path.length + 1) : null;
  const place = [inside, issue.port ?? issue.param].filter((part) => part && !issue.message.startsWith(part));
  return (
    <div className={`note ${issue.severity === "warning" ? "warn" : "bad"}`} role="note">
      <div className="stack">
        <p>
          {place.length > 0 && <strong>{place.join(", ")}: </strong>}
          {issue.message}
          {issue.remedy && <> {capital(issue.remedy)}.</>}
        </p>
        {issue.fix && <button type="button" className="btn small" onClick={() => applyFix(issue)}>{issue.fix.label ? capital(issue.fix.label) : "Fix it"}</button>}
      </div>
    </div>
  );
}

function GroupActions({ node, name }: { node: DesignNode; name: string }) {
  const uses = useEditor((state) => groupUses(state.history.design).get(name) ?? 0);
  const doc = useEditor((state) => state.history.design.groups?.[name]?.doc);
  return (
    <>
      {doc && <p className="muted">{doc}</p>}
      <NameField
        label="Name of the group"
        value={name}
        problem={(to) => (!/^\w+$/.test(to) ? "Use letters, digits and underscores." : editor.getState().design().groups?.[to] ? `There is a group ${to} already.` : null)}
        onCommit={(to) => perform({ type: "renameGroup", args: { from: name, to } }, { say: `Renamed to ${to}` })}
      />
      <div className="row wrap">
        <button type="button" className="btn small" onClick={() => void openInside(node.id)}><Icon name="enter" size={14} /> Open</button>
        <button type="button" className="btn small" onClick={ungroupSelection}>Ungroup</button>
        {node.repeat != null && <button type="button" className="btn small" title="A chain of single instances in place of the repeat" onClick={unrollSelection}>Unroll</button>}
        {uses > 1 && <button type="button" className="btn small" title={`${uses} nodes share this definition; editing it changes all`} onClick={() => makeUnique(node.id)}>Make unique</button>}
      </div>
      {uses > 1 && <p className="muted">One of {uses} instances of {name}: what is set here is this one's own, what is inside is common to all.</p>}
    </>
  );
}

/** Repeat, bypass, mute. */
function Flow({ node }: { node: DesignNode }) {
  const graph = useEditor((state) => state.place.graph);
  const repeat = useId();
  const toVariable = (): void => {
    const variable = freshVariable(editor.getState().design(), graph, "depth");
    perform({ type: "promoteRepeat", args: { graph, node: node.id, variable } }, { say: `The repeat is now the variable ${variable}` });
    editor.getState().set({ panel: "design" });
  };
  return (
    <section className="ed-pair">
      <div className="field ed-repeat">
        <span className="ed-field-head">
          <label htmlFor={repeat}>Repeat</label>
          {!isExpression(node.repeat) && (
            <span className="ed-field-tools">
              <button type="button" className="btn quiet small icon" title="Make it a variable" aria-label="Make repeat a variable" onClick={toVariable}><Icon name="sliders" size={13} /></button>
            </span>
          )}
        </span>
        <TypedInput
          id={repeat}
          shape={{ kind: "number", integer: true, options: [], low: 0, nullable: true }}
          value={node.repeat ?? undefined}
          placeholder="once"
          onChange={(value) => perform({ type: "setNode", args: { graph, node: node.id, set: { repeat: value as number | string } } }, { key: `repeat:${graph}:${node.id}` })}
          onUnset={() => perform({ type: "setNode", args: { graph, node: node.id, unset: ["repeat"] } }, { key: `repeat:${graph}:${node.id}` })}
        />
      </div>
      <Flag node={node} name="bypass" label="Bypass" on="skipped" toggle={toggleBypass} />
      <Flag node={node} name="mute" label="Mute" on="gives nothing" toggle={toggleMute} />
    </section>
  );
}

/** A switch of a node: on, off, or as an expression says. */
function Flag({ node, name, label, on, toggle }: { node: DesignNode; name: "bypass" | "mute"; label: string; on: string; toggle: () => void }) {
  const graph = useEditor((state) => state.place.graph);
  const id = useId();
  const value = node[name];
  const set = (to: string) => perform({ type: "setNode", args: { graph, node: node.id, set: { [name]: to } } }, { key: `${name}:${graph}:${node.id}` });
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {isExpression(value) ? (
        <TypedInput
          id={id}
          shape={{ kind: "text", integer: false, options: [], nullable: true }}
          value={value}
          placeholder="no"
          onChange={(to) => set(to as string)}
          onUnset={() => perform({ type: "setNode", args: { graph, node: node.id, unset: [name] } })}
        />
      ) : (
        <span className="row">
          <label className="ed-switch">
            <input id={id} type="checkbox" checked={value === true} onChange={toggle} />
            {value ? on : "in use"}
          </label>
          <button type="button" className="btn quiet small icon" title="Write an expression" aria-label={`Write an expression for ${name}`} onClick={() => (set(value ? "=True" : "=False"), focusSoon(id))}>
            <Icon name="fx" size={13} />
          </button>
        </span>
      )}
    </div>
  );
}
