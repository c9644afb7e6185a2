/** A family's colour: the theme knows some families by name; others get the one for all the rest. */
import type { CSSProperties } from "react";

export const familyStyle = (family: string): CSSProperties =>
  ({ "--fam": `var(--fam-${family.replace(/[^\w-]+/g, "-")}, var(--fam-other))` }) as CSSProperties;
