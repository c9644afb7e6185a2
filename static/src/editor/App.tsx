import { Suspense, lazy, useEffect } from "react";
import { useTour } from "@shared/tour/progress";
import { actionOf, isEnabled } from "./actions/table";
import { ConflictBar } from "./bars/SaveBadge";
import { Toolbar } from "./bars/Toolbar";
import { Totals } from "./bars/Totals";
import { Canvas } from "./canvas/Canvas";
import { QuickAdd } from "./canvas/QuickAdd";
import { Beside } from "./code/Beside";
import { CodeView } from "./code/CodeView";
import { useCentre, useWide } from "./code/room";
import { listenToClipboard } from "./clipboardEvents";
import { Dialogs } from "./dialogs/Dialogs";
import { Inspector } from "./inspector/Inspector";
import { onKeyDown } from "./keys/listen";
import { Outline } from "./outline/Outline";
import { PANELS, type Panel } from "./panels";
import { useOneSheet } from "./panels/useOneSheet";
import { Boundary } from "./parts/Boundary";
import { Icon } from "./parts/Icon";
import { Menu, type MenuItem } from "./parts/Menu";
import { editor, useEditor } from "./state/store";
import type { View } from "./state/types";

const CompareView = lazy(() => import("./compare/CompareView").then((module) => ({ default: module.CompareView })));
const Help = lazy(() => import("./help/Help"));
const Tour = lazy(() => import("./tour/Tour"));

export function App() {
  const view = useEditor((state) => state.view);
  const comparison = useEditor((state) => state.comparison);
  const inspector = useEditor((state) => state.inspector);
  const panel = useEditor((state) => state.panel);
  const direction = useEditor((state) => state.direction);
  const name = useEditor((state) => state.history.design.name);
  const touring = useTour((state) => state.shown);
  const helping = useEditor((state) => state.help !== null);
  useOneSheet();
  useEffect(() => {
    document.title = `${name} · Blockyard`;
  }, [name]);
  useEffect(() => {
    window.addEventListener("keydown", onKeyDown);
    const deaf = listenToClipboard();
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      deaf();
    };
  }, []);
  return (
    <div className="ed" data-panel={panel ?? undefined} data-inspector={inspector || undefined} data-direction={direction} data-view={view}>
      <Toolbar />
      <ConflictBar />
      <div className="ed-main">
        <Rail />
        {panel && <Boundary what="This panel"><SidePanel panel={panel} /></Boundary>}
        <div className="ed-stage" tabIndex={-1}>
          <Boundary what="The canvas">{comparison ? <Suspense><CompareView comparison={comparison} /></Suspense> : <Work view={view} />}</Boundary>
        </div>
        {inspector && !comparison && <Boundary what="The inspector"><Inspector /></Boundary>}
      </div>
      <Totals />
      <QuickAdd />
      <Dialogs />
      {helping && <Suspense><Help /></Suspense>}
      {touring && <Suspense><Boundary what="The tour"><Tour /></Boundary></Suspense>}
      <Said />
    </div>
  );
}

/** What one works on: the canvas, the outline, or the code, beside the canvas where there is room. */
function Work({ view }: { view: View }) {
  const wide = useWide();
  const code = view === "code";
  useCentre(code);
  if (view === "outline") return <Outline />;
  if (code && !wide) return <CodeView />;
  return <Beside left={<Canvas />} right={code ? <CodeView /> : null} label="Width of the code" />;
}

function Rail() {
  const panel = useEditor((state) => state.panel);
  const inspector = useEditor((state) => state.inspector);
  const { set } = editor.getState();
  return (
    <nav className="ed-rail" aria-label="Panels">
      {(Object.keys(PANELS) as Panel[]).map((id) => (
        <button key={id} type="button" className="btn quiet icon" aria-pressed={panel === id} aria-label={PANELS[id].title} title={PANELS[id].title} onClick={() => set({ panel: panel === id ? null : id })}>
          <Icon name={PANELS[id].icon} size={18} />
        </button>
      ))}
      <span className="ed-gap" />
      <button type="button" className="btn quiet icon" aria-pressed={inspector} aria-label="Inspector" title="Inspector" onClick={() => set({ inspector: !inspector })}><Icon name="panel" size={18} /></button>
      <HelpMenu />
    </nav>
  );
}

const HELP = ["keys", "help", "tour", "tour-again"];

function HelpMenu() {
  // What can be done changes with the tour.
  useTour((state) => state.at);
  const items = HELP.map(actionOf).filter(isEnabled).map((action): MenuItem => ({ label: action.title, ...(action.icon ? { icon: action.icon } : {}), run: () => void action.run() }));
  return <Menu label="Help" items={items}><Icon name="help" size={18} /></Menu>;
}

function SidePanel({ panel }: { panel: Panel }) {
  const { title, Content } = PANELS[panel];
  return (
    <aside className="ed-side" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <button type="button" className="btn quiet icon small" aria-label="Close the panel" onClick={() => editor.getState().set({ panel: null })}><Icon name="close" size={14} /></button>
      </header>
      <Content />
    </aside>
  );
}

/** What just happened, for those who do not see it. */
function Said() {
  const said = useEditor((state) => state.said);
  return <div className="visually-hidden" aria-live="polite">{said}</div>;
}
