/** One of the lists: its filters, which the address keeps, its pages, and looking at it again. */
import { useCallback, useEffect, useRef, useState } from "react";
import { api, isAbort, messageOf } from "../api/client";
import type { Listing } from "../types";
import { fromAddress, join, toAddress, type Found } from "./find";
import { showUndo } from "./trash";

export interface List<T> {
  /** Null while other rows are on their way. */
  rows: T[] | null;
  count: number;
  more: boolean;
  fault: string;
  find: Found;
  tags: Record<string, number>;
  narrow: (part: Found) => void;
  loadMore: () => Promise<void>;
  /** Ask for the first page again. */
  look: () => Promise<void>;
  change: (row: T) => void;
  drop: (row: T) => void;
}

const TYPING_MS = 250;

export function useList<T>({ path, first, key, filters, limit = 50 }: { path: string; first: Listing<T>; key: (row: T) => string; filters: readonly string[]; limit?: number }): List<T> {
  const [find, setFind] = useState(() => fromAddress(location.search, filters));
  const [list, setList] = useState<{ rows: T[] | null; count: number; next: number | null }>(() =>
    Object.keys(find).length ? { rows: null, count: 0, next: null } : { rows: first.items, count: first.count, next: first.next },
  );
  const [fault, setFault] = useState("");
  const [tags, setTags] = useState<Record<string, number>>({});
  const asked = useRef(find);
  const running = useRef<AbortController | null>(null);

  const lookAtTags = useCallback(() => void api.get<Record<string, number>>(`${path}/tags`).then(setTags, () => undefined), [path]);
  useEffect(() => {
    lookAtTags();
    showUndo(() => void look());
  }, [path]);

  const look = useCallback(async (): Promise<void> => {
    running.current?.abort();
    const abort = (running.current = new AbortController());
    try {
      const fresh = await api.get<Listing<T>>(path, { query: { ...asked.current, limit }, signal: abort.signal });
      setList((old) => {
        const rows = join(fresh.items, old.rows ?? [], key);
        return { rows, count: fresh.count, next: rows.length < fresh.count ? rows.length : null };
      });
      setFault("");
    } catch (error) {
      if (!isAbort(error)) setFault(messageOf(error));
    }
  }, [path, limit]);

  // What the server sent with the page is right until somebody narrows it.
  const due = useRef(list.rows === null);
  useEffect(() => {
    if (!due.current) return;
    const wait = asked.current.q !== find.q ? TYPING_MS : 0;
    asked.current = find;
    history.replaceState(history.state, "", location.pathname + toAddress(location.search, filters, find) + location.hash);
    running.current?.abort();
    const timer = setTimeout(() => {
      due.current = false;
      setList((old) => ({ ...old, rows: null }));
      void look();
    }, wait);
    return () => clearTimeout(timer);
  }, [find]);

  const loadMore = async (): Promise<void> => {
    if (list.next === null) return;
    try {
      const found = await api.get<Listing<T>>(path, { query: { ...asked.current, limit, offset: list.next } });
      setList((old) => {
        const known = new Set(old.rows?.map(key));
        return { rows: [...(old.rows ?? []), ...found.items.filter((row) => !known.has(key(row)))], count: found.count, next: found.next };
      });
    } catch (error) {
      setFault(messageOf(error));
    }
  };

  return {
    ...list,
    more: list.next !== null,
    fault,
    find,
    tags,
    narrow: (part) => {
      due.current = true;
      setFind((old) => Object.fromEntries(Object.entries({ ...old, ...part }).filter(([, value]) => value)));
    },
    loadMore,
    look,
    change: (row) => {
      setList((old) => ({ ...old, rows: old.rows?.map((item) => (key(item) === key(row) ? row : item)) ?? null }));
      lookAtTags();
    },
    drop: (row) => setList((old) => ({ ...old, rows: old.rows?.filter((item) => key(item) !== key(row)) ?? null, count: Math.max(0, old.count - 1) })),
  };
}
