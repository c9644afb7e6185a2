import { pageData } from "../shared/pageData";
import { mount } from "../shared/ui/mount";
import type { RunDetail, RunRow } from "../shared/types";
import { RunList } from "./RunList";
import { RunPage } from "./RunPage";
import "./run.css";

mount("run", (element) => (element.dataset.view === "detail" ? <RunPage first={pageData<{ run: RunDetail }>().run} /> : <RunList first={pageData<{ runs: RunRow[] }>().runs} />));
