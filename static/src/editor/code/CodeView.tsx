import { save } from "../actions/files";
import { Icon } from "../parts/Icon";
import { editor } from "../state/store";
import { CodeText } from "./CodeText";
import { useCode } from "./useCode";
import "./code.css";

const { notify } = editor.getState();

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify("Code copied.", "good");
  } catch {
    notify("The browser does not let this page write to the clipboard. Download the file instead.", "bad");
  }
}

const download = (text: string): void =>
  save(new Blob([text], { type: "text/x-python" }), `${editor.getState().design().name.replace(/\W+/g, "_") || "design"}.py`);

/** The PyTorch of the design: one file that runs without Blockyard. */
export function CodeView() {
  const { code, fault } = useCode();
  return (
    <section className="ed-code" aria-label="Code">
      <div className="ed-code-bar">
        <p className="muted grow">One file that runs without Blockyard and loads the same weights.</p>
        <button type="button" className="btn small" disabled={!code} onClick={() => void copy(code!.python)}><Icon name="copy" size={14} /> Copy</button>
        <button type="button" className="btn small" disabled={!code} onClick={() => download(code!.python)}><Icon name="download" size={14} /> Download</button>
      </div>
      {fault && <p className="note bad" role="status">{fault}{code && " Below is the code of before."}</p>}
      {!code && !fault && <div className="skeleton" style={{ height: 200 }} />}
      {code && <CodeText code={code} stale={!!fault} />}
    </section>
  );
}
