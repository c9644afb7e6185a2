import { Fragment, useLayoutEffect, useRef, useState } from "react";
import { actionOf, isEnabled, keyOf } from "../actions/table";
import { writeKeys } from "../keys/combo";
import { Icon } from "../parts/Icon";
import { MenuList } from "../parts/MenuList";
import { type MenuKind, closeContextMenu, useContextMenu } from "./useContextMenu";

/** Ids of actions, by what the menu is about, in blocks with a line between. */
const MENUS: Record<MenuKind, string[][]> = {
  node: [["open", "params", "rename", "repeat", "help"], ["bypass", "mute"], ["copy", "cut", "duplicate"], ["group", "ungroup", "unroll", "unique"], ["heal", "delete"]],
  nodes: [["group", "bypass", "mute"], ["copy", "cut", "duplicate"], ["align-left", "align-centre", "align-right", "align-top", "align-middle", "align-bottom", "spread-across", "spread-down", "tidy-selection"], ["fit-selection", "delete"]],
  wire: [["insert", "cut-wire"]],
  canvas: [["quick", "paste", "paste-inputs", "all"], ["fit", "tidy", "tidy-all"], ["commands", "find"]],
};

const MARGIN = 8;

export function ContextMenu() {
  const open = useContextMenu((state) => state.open);
  return open ? <List key={`${open.at.x},${open.at.y}`} at={open.at} kind={open.kind} /> : null;
}

function List({ at, kind }: { at: { x: number; y: number }; kind: MenuKind }) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState(at);
  // Beside the pointer, but whole on the screen.
  useLayoutEffect(() => {
    const size = box.current!.firstElementChild!.getBoundingClientRect();
    setPlace({ x: Math.max(MARGIN, Math.min(at.x, innerWidth - size.width - MARGIN)), y: Math.max(MARGIN, Math.min(at.y, innerHeight - size.height - MARGIN)) });
  }, [at]);
  const blocks = MENUS[kind].map((ids) => ids.map(actionOf).filter(isEnabled)).filter((ids) => ids.length);
  const back = () => document.querySelector<HTMLElement>(".react-flow__node.selected")?.focus({ preventScroll: true });
  return (
    <div ref={box}>
      <MenuList
        label="What can be done here"
        className="ed-context"
        style={{ left: place.x, top: place.y }}
        onClose={(byKey) => {
          closeContextMenu();
          if (byKey) back();
        }}
      >
        {blocks.map((actions, index) => (
          <Fragment key={actions[0]!.id}>
            {index > 0 && <hr />}
            {actions.map((action) => {
              const combo = keyOf(action.id);
              return (
                <button
                  key={action.id}
                  type="button"
                  role="menuitem"
                  onClick={() => {
                    back();
                    closeContextMenu();
                    action.run();
                  }}
                >
                  {action.icon ? <Icon name={action.icon} size={15} /> : <span className="ed-no-icon" />}
                  <span className="grow">{action.short ?? action.title}</span>
                  {combo && <kbd>{writeKeys(combo)}</kbd>}
                </button>
              );
            })}
          </Fragment>
        ))}
      </MenuList>
    </div>
  );
}
