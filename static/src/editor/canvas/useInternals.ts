import { useUpdateNodeInternals } from "@xyflow/react";
import { useEffect, useRef } from "react";

/** React Flow measures a node's handles anew only when told; each telling visits every node, so they are gathered. */
const waiting = new Set<string>();
let frame = 0;

/**
 * Has the handles of a node measured again when `key` changes; null while it has none that could be. What a node is
 * first shown with is measured anyway.
 */
export function useInternals(id: string, key: string | null): void {
  const update = useUpdateNodeInternals();
  const known = useRef(key);
  useEffect(() => {
    if (known.current === key) return;
    known.current = key;
    if (key === null) return;
    waiting.add(id);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const ids = [...waiting];
      waiting.clear();
      update(ids);
    });
  }, [id, key, update]);
}
