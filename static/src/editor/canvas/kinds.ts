/** What travels on a wire, as far as a colour can say. */
import type { TensorInfo } from "../model/report";

export type WireKind = "image" | "sequence" | "vector" | "tokens" | "any";

export function kindOfTensor(tensor: TensorInfo | undefined): WireKind {
  if (!tensor?.shape) return "any";
  if (tensor.dtype?.startsWith("int")) return "tokens";
  return (["any", "vector", "sequence", "image"] as const)[tensor.shape.length] ?? "any";
}

export function kindOfDims(dims: string, dtype: string): WireKind {
  if (dtype === "int") return "tokens";
  if (dims.includes("...")) return "any";
  return (["any", "any", "vector", "sequence", "image"] as const)[dims.split(/\s+/).length] ?? "any";
}

export const KIND_TEXT: Record<WireKind, string> = {
  image: "feature map (C × H × W)",
  sequence: "sequence (L × D)",
  vector: "vector (D)",
  tokens: "whole numbers",
  any: "any tensor",
};
