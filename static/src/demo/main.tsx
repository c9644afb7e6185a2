import type { Listing } from "../shared/types";
import { pageData } from "../shared/pageData";
import { mount } from "../shared/ui/mount";
import { DemoList } from "./DemoList";
import { DemoPage } from "./DemoPage";
import type { DemoDetail, DemoRow } from "./types";
import "./demo.css";

mount("demo", (element) => {
  if (element.dataset.view === "list") return <DemoList first={pageData<{ demos: Listing<DemoRow> }>().demos} />;
  const { demo, base_url: base } = pageData<{ demo: DemoDetail; base_url: string }>();
  return <DemoPage demo={demo} base={base} />;
});
