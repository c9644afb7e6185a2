/** The panels of the side bar: a row here is all a new one needs. */
import type { ComponentType } from "react";
import type { IconName } from "../parts/Icon";
import { Cost } from "./Cost";
import { DesignPanel } from "./DesignPanel";
import { Palette } from "./Palette";
import { Runs } from "./Runs";
import { SamplePanel } from "./SamplePanel";
import { Versions } from "./Versions";

interface PanelRow {
  title: string;
  icon: IconName;
  Content: ComponentType;
}

export const PANELS = {
  blocks: { title: "Blocks", icon: "blocks", Content: Palette },
  design: { title: "Variables and data", icon: "sliders", Content: DesignPanel },
  cost: { title: "Cost", icon: "cost", Content: Cost },
  versions: { title: "Versions", icon: "history", Content: Versions },
  sample: { title: "Sample", icon: "eye", Content: SamplePanel },
  runs: { title: "Runs", icon: "runs", Content: Runs },
} satisfies Record<string, PanelRow>;

export type Panel = keyof typeof PANELS;
