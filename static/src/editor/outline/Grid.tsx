import { type FocusEvent, type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useMedia } from "../parts/useMedia";
import { useEditor } from "../state/store";
import { COLUMNS, type Column, markColumn } from "./cells";
import { Header } from "./Header";
import { OutlineRow } from "./OutlineRow";
import { type Spot, between, moveFrom, typeAhead } from "./move";
import { openSpot } from "./open";
import { type Row, joinKey, keyOfSteps } from "./rows";
import { selectRows, toggleRow } from "./select";
import { unfoldPlace, useOutline } from "./state";
import { useKnown, useRows } from "./useRows";
import { useWindow } from "./useWindow";

const HEADER = 32;
/** What a phone has room for. */
const NARROW = new Set(["node", "block", "output", "params", "mark", "issues"]);

function useColumns(): readonly Column[] {
  const overlay = useEditor((state) => state.overlay);
  const narrow = useMedia("(max-width: 700px)");
  return useMemo(() => {
    const all = overlay ? [COLUMNS[0]!, COLUMNS[1]!, markColumn(overlay), ...COLUMNS.slice(2)] : COLUMNS;
    return narrow ? all.filter((column) => NARROW.has(column.id)) : all;
  }, [overlay, narrow]);
}

/** Keys of the rows that are selected. */
function useSelectedKeys(): ReadonlySet<string> {
  const selected = useEditor((state) => state.selected);
  const steps = useEditor((state) => state.steps);
  return useMemo(() => new Set([...selected].map((id) => joinKey(keyOfSteps(steps), id))), [selected, steps]);
}

/** The index of the row one is at; when it is gone, of the one that took its place. */
function useActive(rows: readonly Row[], selected: ReadonlySet<string>): number {
  const key = useOutline((state) => state.active);
  const last = useRef(0);
  const found = rows.findIndex((row) => row.key === key);
  const at = found >= 0 ? found : Math.max(0, Math.min(last.current, rows.length - 1));
  useEffect(() => {
    last.current = at;
  });
  useEffect(() => {
    // Selected from elsewhere: by an edit, on the canvas, in a list.
    if (!selected.size || (key !== null && selected.has(key))) return;
    unfoldPlace();
    useOutline.getState().set({ active: [...selected].at(-1)! });
  }, [selected]);
  return at;
}

const TYPING_MS = 700;

export function Grid() {
  const scroller = useRef<HTMLDivElement>(null);
  const held = useRef(false);
  const anchor = useRef<string | null>(null);
  const typed = useRef({ text: "", at: 0 });
  const [column, setColumn] = useState<number | null>(null);
  const known = useKnown();
  const rows = useRows(known);
  const columns = useColumns();
  const selected = useSelectedKeys();
  const active = useActive(rows, selected);
  const height = useMedia("(pointer: coarse)") ? 44 : 30;
  const { first, last, page } = useWindow(scroller, rows.length, height);
  const spot: Spot = { row: active, column: column === null ? null : Math.min(column, columns.length - 1) };

  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const top = active * height;
    const room = box.clientHeight - HEADER;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + room) box.scrollTop = top + height - room;
  }, [active, height]);
  useLayoutEffect(() => {
    const now = document.activeElement;
    if (!held.current || (now !== document.body && !scroller.current?.contains(now))) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`);
    const target = spot.column === null ? row : row?.querySelectorAll<HTMLElement>('[role="gridcell"]')[spot.column];
    if (!target || target === now) return;
    target.focus({ preventScroll: true });
    if (spot.column !== null) target.scrollIntoView({ block: "nearest", inline: "nearest" });
    // What was deleted leaves the focus, and so the selection, to what took its place.
    if (!selected.size && now === document.body && rows[active]) selectRows([rows[active]]);
  });

  const go = (to: Spot, how: { extend?: boolean; keep?: boolean } = {}): void => {
    const row = rows[to.row];
    if (!row) return;
    setColumn(to.column);
    useOutline.getState().set({ active: row.key });
    const start = rows.findIndex((one) => one.key === (anchor.current ?? rows[active]?.key));
    if (how.extend && start >= 0) selectRows(between(rows, start, to.row));
    else if (!how.keep) selectRows([row]);
    if (!how.extend) anchor.current = row.key;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (!(event.target as Element).matches('[role="row"], [role="gridcell"]')) return;
    const mod = event.ctrlKey || event.metaKey;
    const move = event.altKey ? null : moveFrom(spot, rows, columns.length, page, event);
    if (move && "fold" in move) useOutline.getState().fold(move.fold.key, move.open);
    else if (move) go(move.to, { extend: event.shiftKey, keep: mod && event.key.startsWith("Arrow") });
    else if (event.key === " " && rows[active]) toggleRow(rows[active]);
    else if (event.key === "Enter" && !mod && !event.altKey && !event.shiftKey && rows[active]) openSpot(rows[active], spot.column === null ? null : columns[spot.column]!);
    else if (/^[\p{Ll}\d_]$/u.test(event.key) && !mod && !event.altKey) {
      const now = Date.now();
      const text = (now - typed.current.at < TYPING_MS ? typed.current.text : "") + event.key;
      typed.current = { text, at: now };
      const to = typeAhead(rows, active, text, (row) => COLUMNS[1]!.text(row, known));
      if (to >= 0) go({ row: to, column: spot.column });
    } else if (!/^Arrow/.test(event.key) || event.altKey) return;
    event.preventDefault();
  };
  const onMouseDown = (event: MouseEvent<HTMLElement>): void => {
    const index = Number((event.target as Element).closest<HTMLElement>("[data-index]")?.dataset.index ?? -1);
    const row = rows[index];
    if (!row || event.button > 0) return;
    event.preventDefault();
    held.current = true;
    if (event.ctrlKey || event.metaKey) toggleRow(row), useOutline.getState().set({ active: row.key });
    else go({ row: index, column: null }, { extend: event.shiftKey });
    scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true });
  };
  /** The focus may also be put somewhere by a screen reader. */
  const onFocus = (event: FocusEvent<HTMLElement>): void => {
    held.current = true;
    const target = event.target as HTMLElement;
    const index = Number(target.closest<HTMLElement>("[data-index]")?.dataset.index ?? -1);
    if (index < 0) return;
    const cell = target.matches('[role="gridcell"]') ? Number(target.ariaColIndex) - 1 : null;
    if (index !== active || !selected.size) go({ row: index, column: cell });
    else if (cell !== spot.column) setColumn(cell);
  };
  const onBlur = (event: FocusEvent<HTMLElement>): void => {
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) held.current = false;
  };

  const shown = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  if (rows.length && !shown.includes(active)) shown.push(active);
  return (
    <div className="ed-outline-scroll" ref={scroller}>
      <div
        role="treegrid"
        className="ed-outline-grid"
        aria-label="Nodes"
        aria-multiselectable="true"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        data-columns={columns.map((one) => one.id).join(" ")}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
        onBlur={onBlur}
      >
        <Header columns={columns} />
        <div role="rowgroup" className="ed-outline-rows" style={{ height: rows.length * height }} onMouseDown={onMouseDown} onDoubleClick={() => rows[active] && openSpot(rows[active], null)}>
          {shown.map((index) => {
            const row = rows[index]!;
            return <OutlineRow key={row.key} row={row} index={index} top={index * height} known={known} columns={columns} selected={selected.has(row.key)} focused={index === active ? spot.column : undefined} />;
          })}
        </div>
      </div>
      {!rows.length && <p className="empty">Nothing matches the filter.</p>}
    </div>
  );
}
