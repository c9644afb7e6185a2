import "../demo/demo.css";
import { DemoPage } from "../demo/DemoPage";
import type { DemoDetail } from "../demo/types";
import { pageData } from "../shared/pageData";
import { mount } from "../shared/ui/mount";
import "../run/run.css";
import "./link.css";
import { SharedDesign, type SharedDesignData } from "./SharedDesign";
import { SharedRun, type SharedRunData } from "./SharedRun";

type Shared = ({ kind: "design" } & SharedDesignData) | ({ kind: "run" } & SharedRunData) | ({ kind: "demo" } & DemoDetail);

mount("link", () => {
  const { shared, token, signed_in: signedIn } = pageData<{ shared: Shared & { owner: string }; token: string; signed_in: boolean }>();
  return (
    <>
      <p className="link-said muted">Shared by {shared.owner}, to look at{shared.kind === "demo" ? " and to try" : ""}.</p>
      {shared.kind === "design" ? <SharedDesign design={shared} token={token} signedIn={signedIn} /> : shared.kind === "run" ? <SharedRun first={shared} token={token} /> : <DemoPage demo={shared} base={location.origin} shared />}
    </>
  );
});
