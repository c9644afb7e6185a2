/** The server's small picture of a design. Parsed as an image, not as HTML, and inlined so that it takes the theme's colours.
 *  It says nothing that the words beside it do not say, so it is hidden from screen readers. */
import { useEffect, useRef } from "react";

export function Picture({ svg }: { svg: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    if (parsed.nodeName !== "svg") return;
    host.current?.replaceChildren(document.importNode(parsed, true));
  }, [svg]);
  return <div className="picture" ref={host} aria-hidden="true" />;
}
