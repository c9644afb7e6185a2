/** A family's colour: the theme knows some families by name; others get the one for all the rest. */
import type { CSSProperties } from "react";

export const familyColour = (family: string): string => `var(--fam-${family.replace(/[^\w-]+/g, "-")}, var(--fam-other))`;

export const familyStyle = (family: string): CSSProperties => ({ "--fam": familyColour(family) }) as CSSProperties;

/** A colour from cool to hot for 0 to 1. */
export const heatColour = (heat: number): string =>
  `color-mix(in oklab, var(--heat-high) ${Math.round(100 * Math.min(1, Math.max(0, heat)))}%, var(--heat-low))`;

export const heatStyle = (heat: number): CSSProperties => ({ "--heat": heatColour(heat) }) as CSSProperties;
