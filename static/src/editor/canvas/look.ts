/** How all nodes and wires of the canvas are drawn now; handed down once instead of being asked by each of them. */
import { createContext, useContext } from "react";
import type { Direction } from "../layout/layered";

export interface Look {
  direction: Direction;
  /** How much can be read at this zoom: everything, no figures on wires, or nothing but shapes and colours. */
  detail: "near" | "middle" | "far";
}

const FAR = 0.3;
const MIDDLE = 0.55;

export const detailOf = (zoom: number): Look["detail"] => (zoom > MIDDLE ? "near" : zoom > FAR ? "middle" : "far");

export const LookContext = createContext<Look>({ direction: "down", detail: "near" });

export const useLook = (): Look => useContext(LookContext);
