import { pageData } from "../shared/pageData";
import type { Listing } from "../shared/types";
import { mount } from "../shared/ui/mount";
import { TrashPage, type TrashRow } from "./TrashPage";
import "./trash.css";

mount("trash", () => {
  const { trash, days } = pageData<{ trash: Listing<TrashRow>; days: number }>();
  return <TrashPage first={trash} days={days} />;
});
