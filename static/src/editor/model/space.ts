/** The search space of a design in words; its size is the server's. */
import type { Report } from "./report";

export type Space = NonNullable<Report["space"]>;
export type Dimension = Space["dimensions"][number];

/** "288", "12,288", "8.29e9": exact while it can be read, then short. */
export function spaceSize({ size, exact }: Pick<Space, "size" | "exact">): string {
  const bound = exact ? "" : "≤ ";
  const digits = /^\d+$/.test(size);
  if (digits && size.length <= 6) return bound + Number(size).toLocaleString("en-US");
  const [mantissa, exponent] = Number.isFinite(Number(size)) ? Number(size).toExponential(2).split("e") : size.split(/e/i);
  return `${bound}${Number(mantissa).toFixed(2).replace(/\.?0+$/, "")}e${Number(exponent)}`;
}

export const continuous = (space: Space): string[] => space.dimensions.filter((one) => one.count === null).map((one) => one.name);

/** What the size counts and what it does not. */
export function spaceStory(space: Space): string {
  const finite = space.dimensions.filter((one) => one.count !== null && one.used);
  const free = continuous(space);
  const unused = space.dimensions.filter((one) => !one.used).map((one) => one.name);
  return [
    `${space.exact ? "" : "At most "}${space.size} different settings of ${finite.map((one) => `${one.name} (${one.count})`).join(", ") || "nothing"}.`,
    finite.some((one) => one.conditional) && "What does not matter under a setting is not counted there.",
    free.length > 0 && `Continuous, and not counted: ${free.join(", ")}.`,
    unused.length > 0 && `Used nowhere yet: ${unused.join(", ")}.`,
    !space.exact && "A bound from above: which alternatives are picked cannot be told for every setting.",
  ].filter(Boolean).join(" ");
}
