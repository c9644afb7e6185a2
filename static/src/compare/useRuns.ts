/** The chosen runs: their ids live in the address, so that a comparison can be kept as a bookmark. */
import { useCallback, useEffect, useState } from "react";
import { api, messageOf } from "../shared/api/client";
import { isActive } from "../shared/run/StateBadge";
import type { ComparedRun, Schemas } from "../shared/types";

const LOOK_MS = 5000;

type Answer = Omit<Schemas["ComparedRuns"], "items"> & { items: ComparedRun[] };

export interface Chosen {
  ids: string[];
  /** Null until they are there; meanwhile what was there before. */
  runs: ComparedRun[] | null;
  missing: string[];
  fault: string;
  choose: (ids: string[]) => void;
}

const fromAddress = (): string[] => [...new Set((new URLSearchParams(location.search).get("runs") ?? "").split(",").filter(Boolean))];

export function useRuns(): Chosen {
  const [ids, setIds] = useState(fromAddress);
  const [state, setState] = useState<{ answer: Answer | null; fault: string }>({ answer: null, fault: "" });
  const runs = state.answer?.items ?? null;
  const going = !!runs?.some((run) => isActive(run.state));
  const asked = ids.join(",");

  useEffect(() => {
    const abort = new AbortController();
    const look = (): void => {
      if (!asked) return setState({ answer: { items: [], missing: [] }, fault: "" });
      api.get<Answer>("/api/runs/compare", { query: { runs: asked }, signal: abort.signal }).then(
        (answer) => setState({ answer, fault: "" }),
        (error: unknown) => !abort.signal.aborted && setState((old) => ({ ...old, fault: messageOf(error) })),
      );
    };
    look();
    // What still trains is looked at again; what has ended does not change.
    const timer = going ? setInterval(() => document.visibilityState === "visible" && look(), LOOK_MS) : undefined;
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [asked, going]);

  useEffect(() => {
    const back = (): void => setIds(fromAddress());
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);

  const choose = useCallback((next: string[]) => {
    const search = new URLSearchParams(location.search);
    if (next.length) search.set("runs", next.join(","));
    else search.delete("runs");
    // Commas are left as they are, to be read.
    history.pushState(null, "", `${location.pathname}${search.size ? `?${search.toString().replaceAll("%2C", ",")}` : ""}`);
    setIds(next);
  }, []);
  return { ids, runs: runs && runs.filter((run) => ids.includes(run.id)), missing: state.answer?.missing ?? [], fault: state.fault, choose };
}
