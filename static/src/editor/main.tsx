import { createRoot } from "react-dom/client";
import "@shared/theme.css";
import "@xyflow/react/dist/style.css";
import "./editor.css";
import "./panels.css";
import { messageOf } from "@shared/api/client";
import { App } from "./App";
import { pageData, start } from "./state/session";
import { editor } from "./state/store";

const host = document.getElementById("editor");
if (host) {
  const { designId, zooId } = pageData(host);
  const narrow = matchMedia("(max-width: 900px)").matches;
  if (narrow) editor.getState().set({ panel: null, inspector: false });
  const root = createRoot(host);
  start(designId, zooId).then(
    () => root.render(<App />),
    (error: unknown) =>
      root.render(
        <div className="empty" role="alert">
          <strong>This design cannot be opened</strong>
          <p>{messageOf(error)}</p>
          <button type="button" className="btn" onClick={() => location.reload()}>Try again</button>
        </div>,
      ),
  );
}
