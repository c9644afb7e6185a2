import { pageData } from "../shared/pageData";
import { mount } from "../shared/ui/mount";
import type { DatasetDetail, DatasetRow, Listing } from "../shared/types";
import { DatasetList, type Accepted } from "./DatasetList";
import { DatasetPage } from "./DatasetPage";
import "./datasets.css";

mount("datasets", (element) => {
  if (element.dataset.view === "detail") return <DatasetPage first={pageData<{ dataset: DatasetDetail }>().dataset} />;
  const data = pageData<{ datasets: Listing<DatasetRow>; accepted: Accepted }>();
  return <DatasetList first={data.datasets} accepted={data.accepted} />;
});
