import { useEffect, useState } from "react";

/** The node of the canvas under the pointer or with the focus, if there is one. */
export function useNodePointedAt(): string | null {
  const [id, setId] = useState<string | null>(null);
  useEffect(() => {
    const point = (event: Event) => {
      const node = event.target instanceof Element && event.target.closest<HTMLElement>(".ed-canvas .react-flow__node");
      setId(node ? (node.dataset.id ?? null) : null);
    };
    document.addEventListener("pointerover", point);
    document.addEventListener("focusin", point);
    return () => {
      document.removeEventListener("pointerover", point);
      document.removeEventListener("focusin", point);
    };
  }, []);
  return id;
}
