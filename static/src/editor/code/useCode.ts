import { useEffect, useState } from "react";
import { isAbort, messageOf } from "@shared/api/client";
import type { Schemas } from "@shared/types";
import * as server from "../state/server";
import { useEditor } from "../state/store";

/** Keys follow each other faster than this. */
const PAUSE_MS = 200;

export interface Code {
  code: Schemas["CodeOut"] | null;
  /** Why there is none of the design as it is now; `code` is then that of before. */
  fault: string | null;
}

/** The code of the draft, as it is on the screen: nothing has to be saved for it. */
export function useCode(): Code {
  const design = useEditor((state) => state.history.design);
  const dataset = useEditor((state) => state.dataset);
  const [found, setFound] = useState<Code>({ code: null, fault: null });
  useEffect(() => {
    const stop = new AbortController();
    const ask = () =>
      server.code({ design, dataset }, stop.signal).then(
        (code) => setFound({ code, fault: null }),
        (error: unknown) => !isAbort(error) && setFound(({ code }) => ({ code, fault: messageOf(error) })),
      );
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => (clearTimeout(timer), stop.abort());
  }, [design, dataset]);
  return found;
}
