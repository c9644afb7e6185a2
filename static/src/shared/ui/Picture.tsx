/** The server's small picture of a design. Parsed as an image, not as HTML, and inlined so that it takes the theme's colours. */
import { useEffect, useRef } from "react";

export function Picture({ svg, label }: { svg: string; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    if (parsed.nodeName !== "svg") return;
    parsed.setAttribute("aria-label", label);
    host.current?.replaceChildren(document.importNode(parsed, true));
  }, [svg, label]);
  return <div className="picture" ref={host} />;
}
