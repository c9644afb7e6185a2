/** Load something for a component; an answer that comes after the question has changed is dropped. */
import { useCallback, useEffect, useState } from "react";
import { isAbort, messageOf } from "../api/client";

export interface Loaded<T> {
  data: T | null;
  fault: string;
  busy: boolean;
  reload: () => void;
}

export function useAsync<T>(load: (signal: AbortSignal) => Promise<T>, deps: readonly unknown[], delay = 0): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; fault: string; busy: boolean }>({ data: null, fault: "", busy: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, busy: true }));
    const timer = setTimeout(() => {
      load(abort.signal).then(
        (data) => !abort.signal.aborted && setState({ data, fault: "", busy: false }),
        (error: unknown) => !abort.signal.aborted && !isAbort(error) && setState({ data: null, fault: messageOf(error), busy: false }),
      );
    }, delay);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
    // What `load` reads is named by `deps`.
  }, [...deps, round]);
  return { ...state, reload: useCallback(() => setRound((old) => old + 1), []) };
}
