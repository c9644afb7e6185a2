"""Byte-level transformers whose blocks see more of what lies before them than the last block's output."""

from __future__ import annotations

from models_core.design import Design
from models_core.registry import Source, register

from ._parts import transformer_block, whole
from ._text import after_attention, begun, ended


@register(
    "design",
    id="denseformer",
    small={"depth": 2},
    family="transformer",
    title="DenseFormer, byte-level",
    tags=("text", "language model", "causal", "dense"),
    source=Source(
        "Matteo Pagliardini, Amirkeivan Mohtashami, François Fleuret, Martin Jaggi",
        "DenseFormer: Enhancing Information Flow in Transformers via Depth Weighted Averaging",
        2024,
        "https://arxiv.org/abs/2402.02622",
    ),
)
def denseformer() -> Design:
    """A causal transformer in which a learned average of all earlier outputs follows on every block.

    At first the average is the last output alone, so that it begins as a plain transformer.
    """
    b, x = begun("denseformer", denseformer.__doc__)
    doc = "From a block back, every so-many-th output is averaged; 1: all."
    b.variable("dilation", 1, doc=doc, domain=whole(1, 8))
    b.variable("period", 1, doc="After every so-many-th block there is an average.", domain=whole(1, 8))
    transformer_block(b, causal=True, eps=1e-5)
    doc = "A block, and the learned average of its output and all before it."
    g = b.group("dense_block", doc=doc, averages=True)
    h, past = g.input("x"), g.input("past")
    y = g.add_group("block", "block", h)
    average = g.add("average", "weighted_sum", past, y, dilation="=dilation", mute="=not averages")
    # Where there is no average, the block's output goes on as it is.
    g.output("out", g.add("either", "add", average, g.add("plain", "identity", y, mute="=averages")))
    g.output("past", y)
    averages = "=(i + 1) % period == 0"
    return ended(b, b.add_group("blocks", "dense_block", x, repeat="=depth", history="past", averages=averages))


@register(
    "design",
    id="muddformer",
    small={"depth": 2},
    family="transformer",
    title="MUDDFormer, byte-level",
    tags=("text", "language model", "causal", "dense", "dynamic"),
    source=Source(
        "Da Xiao, Qingye Meng, Shengping Li, Xingyuan Yuan",
        "MUDDFormer: Breaking Residual Bottlenecks in Transformers via Multiway Dynamic Dense Connections",
        2025,
        "https://arxiv.org/abs/2502.12170",
    ),
)
def muddformer() -> Design:
    """A causal transformer whose queries, keys, values and shortcuts each mix all earlier outputs, token by token.

    What the head reads is a mixture of all outputs, too.
    """
    b, x = begun("muddformer", muddformer.__doc__)
    g = b.group("block", doc="Mixes all earlier outputs in four ways; attention and MLP on top.")
    g.input("x")
    # Ahead of the first block there is nothing to mix but the tokens themselves.
    ways = g.add("mix", "dynamic_dense", g.input("past"), bypass="=i == 0")
    parts = []
    for name in ("q", "k", "v"):
        normed = g.add(f"norm_{name}", "layer_norm", ways[name])
        parts.append(g.add(name, "linear", normed, out_features="=width"))
    gathered = g.add("attend", "attend", *parts, heads="=heads", causal=True)
    y = after_attention(g, ways["r"], gathered)
    g.output("out", y)
    g.output("past", y)
    x = b.add_group("blocks", "block", x, repeat="=depth", history="past")
    return ended(b, b.add("gather", "dynamic_sum", x["past"]))


@register(
    "design",
    id="lime_transformer",
    small={"depth": 2},
    family="transformer",
    title="LIMe transformer, byte-level",
    tags=("text", "language model", "causal", "memory"),
    source=Source(
        "Gleb Gerasimov, Yaroslav Aksenov, Nikita Balagansky, Viacheslav Sinii, Daniil Gavrilov",
        "You Do Not Fully Utilize Transformer's Representation Capacity",
        2025,
        "https://arxiv.org/abs/2502.09245",
    ),
)
def lime_transformer() -> Design:
    """A causal transformer whose attention mixes the keys and values of all earlier blocks, head by head.

    At first the mixture is the block's own keys and values, so that it begins as a plain transformer.
    """
    b, x = begun("lime_transformer", lime_transformer.__doc__)
    g = b.group("block", doc="Attention over keys and values mixed from all blocks so far, and an MLP.")
    h, past = g.input("x"), g.input("past")
    y = g.add("norm1", "layer_norm", h)
    q = g.add("q", "linear", y, out_features="=width")
    own = g.add("kv", "linear", y, out_features="=2 * width")
    # The first value of the history is what entered the chain, which has no keys and values.
    mixed = g.add("mix", "head_mix", past, own, heads="=2 * heads", skip=1)
    kv = g.add("split", "split", mixed, dim=2)
    gathered = g.add("attend", "attend", q, kv, kv["second"], heads="=heads", causal=True)
    g.output("out", after_attention(g, h, gathered))
    g.output("past", own)
    return ended(b, b.add_group("blocks", "block", x, repeat="=depth", history="past"))
