/** Tidying up with ELK, fetched and started in a worker only when first asked for. */
import type { ELK as Elk, ElkNode } from "elkjs/lib/elk-api";
import type { Position } from "../model/types";
import { type Box, type Direction, type Link, GAP_ACROSS, gapAlong, layered } from "./layered";

/** A box with its connectors, by name, in the order in which they stand along its edge. */
export interface PortedBox extends Box {
  inputs: string[];
  outputs: string[];
}

/** A wire between ports: `id` of a box and a port's name. */
export interface PortedLink extends Link {
  fromPort: string;
  toPort: string;
}

let elk: Promise<Elk> | null = null;

async function engine(): Promise<Elk> {
  elk ??= (async () => {
    const [{ default: ELK }, { default: url }] = await Promise.all([
      import("elkjs/lib/elk-api.js"),
      import("elkjs/lib/elk-worker.min.js?url"),
    ]);
    return new ELK({ workerUrl: url });
  })();
  return elk;
}

const portId = (box: string, side: "in" | "out", port: string): string => `${box}/${side}/${port}`;

export function elkGraph(boxes: PortedBox[], links: PortedLink[], direction: Direction): ElkNode {
  const down = direction === "down";
  return {
    id: "graph",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": down ? "DOWN" : "RIGHT",
      "elk.spacing.nodeNode": String(GAP_ACROSS),
      "elk.layered.spacing.nodeNodeBetweenLayers": String(gapAlong(direction)),
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.layered.considerModelOrder.strategy": "PREFER_EDGES",
      "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
    },
    children: boxes.map((box) => ({
      id: box.id,
      width: box.width,
      height: box.height,
      layoutOptions: { "elk.portConstraints": "FIXED_ORDER" },
      ports: [
        ...box.inputs.map((name, index) => ({
          id: portId(box.id, "in", name),
          layoutOptions: {
            "elk.port.side": down ? "NORTH" : "WEST",
            // ELK counts ports clockwise from the top left, so those on the west side run upwards.
            "elk.port.index": String(down ? index : box.outputs.length + box.inputs.length - index),
          },
        })),
        ...box.outputs.map((name, index) => ({
          id: portId(box.id, "out", name),
          layoutOptions: {
            "elk.port.side": down ? "SOUTH" : "EAST",
            "elk.port.index": String(down ? box.inputs.length + box.outputs.length - index : index),
          },
        })),
      ],
    })),
    edges: links.map((link, index) => ({
      id: `e${index}`,
      sources: [portId(link.from, "out", link.fromPort)],
      targets: [portId(link.to, "in", link.toPort)],
    })),
  };
}

/** Positions by box id. Where ELK cannot be had, the quick layout answers instead. */
export async function tidy(
  boxes: PortedBox[],
  links: PortedLink[],
  direction: Direction,
): Promise<Map<string, Position>> {
  const known = new Map(boxes.map((box) => [box.id, box]));
  const whole = links.filter(
    (link) =>
      known.get(link.from)?.outputs.includes(link.fromPort) && known.get(link.to)?.inputs.includes(link.toPort),
  );
  try {
    const result = await (await engine()).layout(elkGraph(boxes, whole, direction));
    return new Map((result.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }]));
  } catch (error) {
    console.warn("ELK is not available, using the quick layout", error);
    elk = null;
    return layered(boxes, whole, direction);
  }
}
