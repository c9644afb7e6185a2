import { describe, expect, it } from "vitest";
import { lenet, node, registry } from "./testing";
import { canConnect, sourcesOf } from "./validate";

const design = { ...lenet(), nodes: [...lenet().nodes, node("sum", "add"), node("emb", "embedding"), node("attn", "self_attention")] };
const ask = (from: string, to: string, tensor?: { shape: number[]; dtype?: string }) => {
  const verdict = canConnect(design, registry, null, from, to, tensor);
  return verdict.ok ? "yes" : verdict.reason;
};

describe("a wire", () => {
  it("may join ports that fit", () => {
    expect(ask("conv1.out", "conv2.x")).toBe("yes");
    expect(ask("conv1.out", "sum.xs")).toBe("yes");
    expect(ask("fc.out", "output.logits")).toBe("yes");
  });

  it("may not close a loop or feed its own node", () => {
    expect(ask("fc.out", "conv1.x")).toContain("loop");
    expect(ask("sum.out", "sum.xs")).toContain("itself");
  });

  it("is judged by dims, by the tensor where it is known, and by dtype", () => {
    expect(ask("conv1.out", "attn.x")).toContain("N L D");
    expect(ask("sum.out", "attn.x")).toBe("yes");
    expect(ask("sum.out", "attn.x", { shape: [6, 28, 28] })).toContain("6×28×28");
    expect(ask("conv1.out", "emb.x")).toContain("whole numbers");
    expect(ask("input.image", "emb.x", { shape: [128], dtype: "int64" })).toBe("yes");
  });

  it("needs ports that exist", () => {
    expect(ask("conv1.nothing", "conv2.x")).toContain("conv1.nothing");
  });

  it("is judged alike when all sources of an input are asked for at once", () => {
    const all = sourcesOf(design, registry, null, "conv2.x", () => undefined);
    expect(all.map((one) => one.from)).toContain("input.image");
    for (const { from, verdict } of all) expect(verdict).toEqual(canConnect(design, registry, null, from, "conv2.x"));
    expect(all.find((one) => one.from === "fc.out")?.verdict).toMatchObject({ ok: false, reason: expect.stringContaining("loop") });
    expect(sourcesOf(design, registry, null, "output.logits", () => undefined).every((one) => one.verdict.ok)).toBe(true);
  });
});
