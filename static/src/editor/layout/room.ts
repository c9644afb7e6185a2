/** Room for what takes the place of a single node: the rest of the graph moves along, and nothing lies on anything. */
import type { Graph, Position } from "../model/types";
import { gapAlong, type Direction } from "./layered";
import { itemsOf, roughBox } from "./place";

/**
 * New positions of what `made` put in the place `at`, and of what lay behind it. The made nodes keep their places to
 * one another; they begin where the node was, and their middle across is its middle.
 */
export function makeRoom(graph: Graph, made: ReadonlySet<string>, at: Position, direction: Direction): Record<string, Position> {
  const [along, across] = direction === "down" ? (["y", "x"] as const) : (["x", "y"] as const);
  const [length, breadth] = direction === "down" ? (["height", "width"] as const) : (["width", "height"] as const);
  const items = itemsOf(graph).flatMap((item) => (item.position ? [{ ...roughBox(item), ...item.position }] : []));
  const inside = items.filter((item) => made.has(item.id));
  if (!inside.length) return {};
  const start = Math.min(...inside.map((item) => item[along]));
  const low = Math.min(...inside.map((item) => item[across]));
  const high = Math.max(...inside.map((item) => item[across] + item[breadth]));
  const middle = at[across] + inside[0]![breadth] / 2;
  const by = { [along]: at[along] - start, [across]: middle - (low + high) / 2 } as unknown as Position;
  const positions: Record<string, Position> = {};
  for (const item of inside) positions[item.id] = { x: item.x + by.x, y: item.y + by.y };
  const end = Math.max(...inside.map((item) => item[along] + by[along] + item[length]));
  const behind = items.filter((item) => !made.has(item.id) && item[along] > at[along]);
  const push = end + gapAlong(direction) - Math.min(...behind.map((item) => item[along]));
  if (behind.length && push > 0)
    for (const item of behind) positions[item.id] = { ...{ x: item.x, y: item.y }, [along]: item[along] + push };
  return positions;
}
