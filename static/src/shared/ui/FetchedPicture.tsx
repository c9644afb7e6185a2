/** A design's picture that is asked for when it comes into sight, and kept by the browser for good: its address tells its content. */
import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { Picture } from "./Picture";

export function FetchedPicture({ address }: { address: string }) {
  const [svg, setSvg] = useState("");
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const abort = new AbortController();
    const sight = new IntersectionObserver(
      (seen) => {
        if (!seen.some((entry) => entry.isIntersecting)) return;
        sight.disconnect();
        void api.text(address, { signal: abort.signal }).then(setSvg, () => undefined);
      },
      { rootMargin: "400px" },
    );
    if (host.current) sight.observe(host.current);
    return () => {
      sight.disconnect();
      abort.abort();
    };
  }, [address]);
  return (
    <div ref={host}>
      <Picture svg={svg} />
    </div>
  );
}
