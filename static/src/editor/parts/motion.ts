/** How long a movement of the view may take, in ms: none for those who asked their system for less of it. */
export const moving = (ms: number): number => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : ms);
