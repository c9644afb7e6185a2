/** Where in a design the tour points: a layer to widen, and a later one whose input can be given wrongly. */
import { meaningOf, splitEnd } from "../model/graph";
import type { Registry, Schema } from "../model/registry";
import type { Design } from "../model/types";

export interface Spot {
  node: string;
  param: string;
  /** The parameter as its form calls it. */
  label: string;
}

export interface Aim {
  widen: Spot;
  misfit: Spot;
}

const isCount = (schema: Schema): boolean => schema.type === "integer" || !!schema.anyOf?.some((one) => one.type === "integer");

/** The first layer with a size of its own choosing, and the next that takes its size from what comes in; null without both. */
export function aimAt(design: Design, registry: Registry | null): Aim | null {
  let widen: Spot | null = null;
  for (const node of design.nodes) {
    const schema = registry?.blocks.get(meaningOf(design, node).block ?? "")?.schema;
    const params = Object.entries(schema?.properties ?? {}).filter(([, one]) => isCount(one));
    const spot = (found: [string, Schema] | undefined): Spot | null =>
      found ? { node: node.id, param: found[0], label: found[1].title ?? found[0].replace(/_/g, " ") } : null;
    const own = spot(params.find(([name]) => schema?.required?.includes(name)));
    const following = spot(params.find(([, one]) => one["x-follows"]));
    if (!own || !following || !design.edges.some((edge) => splitEnd(edge.to).node === node.id)) continue;
    if (widen) return { widen, misfit: following };
    widen = own;
  }
  return null;
}
