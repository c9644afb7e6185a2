import { useEffect, useState } from "react";
import { isAbort, messageOf } from "@shared/api/client";
import { save } from "../actions/files";
import { Icon } from "../parts/Icon";
import * as server from "../state/server";
import { editor, useEditor } from "../state/store";
import "./code.css";

/** The PyTorch of the design: one file that runs without Blockyard. */
export function CodeView() {
  const design = useEditor((state) => state.history.design);
  const dataset = useEditor((state) => state.dataset);
  const [code, setCode] = useState<{ python: string; html: string } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      server.code({ design, dataset }, stop.signal).then(
        (answer) => (setCode(answer), setFault(null)),
        (error: unknown) => !isAbort(error) && setFault(messageOf(error)),
      );
    }, 120);
    return () => (clearTimeout(timer), stop.abort());
  }, [design, dataset]);
  const copy = async () => {
    await navigator.clipboard?.writeText(code?.python ?? "");
    editor.getState().notify("Code copied.", "good");
  };
  return (
    <div className="ed-code">
      <div className="ed-code-bar">
        <p className="muted grow">One file that runs without Blockyard and loads the same weights.</p>
        <button type="button" className="btn small" disabled={!code} onClick={() => void copy()}><Icon name="copy" size={14} /> Copy</button>
        <button type="button" className="btn small" disabled={!code} onClick={() => save(new Blob([code?.python ?? ""], { type: "text/x-python" }), `${design.name.replace(/\W+/g, "_")}.py`)}>
          <Icon name="download" size={14} /> Download
        </button>
      </div>
      {fault && <p className="note bad">{fault}</p>}
      {!code && !fault && <div className="skeleton" style={{ height: 200 }} />}
      {code && (
        // The server's highlighter escapes what it marks; nothing a person typed reaches the page unescaped.
        <div className="ed-code-text" data-stale={!!fault || undefined} tabIndex={0} aria-label="Generated PyTorch" dangerouslySetInnerHTML={{ __html: code.html }} />
      )}
    </div>
  );
}
