import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@shared/theme.css";
import "@xyflow/react/dist/style.css";
import "./editor.css";
import "./panels.css";
import "./narrow.css";
import { messageOf } from "@shared/api/client";
import { App } from "./App";
import { compareVersions } from "./actions/compare";
import { joinTabs, offerVersion } from "./actions/tabs";
import { tourFromAddress } from "./actions/tour";
import { pageData, start } from "./state/session";
import { editor } from "./state/store";

function CannotOpen({ reason }: { reason: string }): ReactNode {
  return (
    <div className="empty" role="alert">
      <strong>This design cannot be opened</strong>
      <p>{reason}</p>
      <button type="button" className="btn" onClick={() => location.reload()}>Try again</button>
    </div>
  );
}

async function mount(host: HTMLElement): Promise<void> {
  const { designId, zooId } = pageData(host);
  if (matchMedia("(max-width: 900px)").matches) editor.getState().set({ panel: null, inspector: false });
  const root = createRoot(host);
  try {
    await start(designId, zooId);
    await joinTabs();
    tourFromAddress();
    const asked = new URLSearchParams(location.search);
    // The page of a paper sends people here to train its design.
    if (asked.has("train")) editor.getState().set({ dialog: "train" });
    root.render(<StrictMode><App /></StrictMode>);
    const other = asked.get("compare");
    if (other) void compareVersions(other, Number(asked.get("version")));
    else void offerVersion(Number(asked.get("version")));
  } catch (error) {
    root.render(<CannotOpen reason={messageOf(error)} />);
  }
  host.removeAttribute("aria-busy");
}

const host = document.getElementById("editor");
if (host) void mount(host);
