import { pageData } from "../shared/pageData";
import { mount } from "../shared/ui/mount";
import type { Listing, RunRow } from "../shared/types";
import { Home, type DesignItem } from "./Home";
import type { ZooItem } from "./gallery";

const embedded = <T,>(id: string): T => JSON.parse(document.getElementById(id)?.textContent || "[]") as T;

mount("home", () => <Home zoo={embedded<ZooItem[]>("zoo-data")} designs={embedded<Listing<DesignItem>>("design-data")} running={pageData<{ running: RunRow[] }>().running ?? []} />);
