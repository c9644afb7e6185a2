import { pageData } from "../shared/pageData";
import { mount } from "../shared/ui/mount";
import type { Listing, RunDetail, RunRow } from "../shared/types";
import { RunList } from "./RunList";
import { RunPage } from "./RunPage";
import { QueuePage } from "./QueuePage";
import "./run.css";

mount("run", (element) => {
  if (element.dataset.view === "queue") return <QueuePage />;
  if (element.dataset.view === "detail") return <RunPage first={pageData<{ run: RunDetail }>().run} />;
  return <RunList first={pageData<{ runs: Listing<RunRow> }>().runs} />;
});
