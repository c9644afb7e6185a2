"""A byte-level transformer whose shortcuts learn."""

from __future__ import annotations

from models_core.design import Design
from models_core.registry import Source, register

from ._parts import one_of
from ._text import begun, ended


@register(
    "design",
    id="laurel_transformer",
    small={"depth": 2, "rank": 4},
    family="transformer",
    title="LAuReL transformer, byte-level",
    tags=("text", "language model", "causal", "residual", "low rank"),
    source=Source(
        "Gaurav Menghani, Ravi Kumar, Sanjiv Kumar",
        "LAuReL: Learned Augmented Residual Layer",
        2024,
        "https://arxiv.org/abs/2411.07501",
    ),
)
def laurel_transformer() -> Design:
    """A causal transformer whose shortcuts weigh both sides, add a product of low rank, and sum up earlier blocks.

    At first both sides weigh 1 and all else 0, so that it begins as a plain transformer.
    """
    b, x = begun("laurel_transformer", laurel_transformer.__doc__)
    b.variable("rank", 8, doc="Features in the middle of a shortcut's low-rank product.", domain=one_of(4, 8, 16, 32))
    s = b.group("shortcut", doc="What a branch gives and what went around it, each weighed, with a low-rank part.")
    y, around = s.input("branch"), s.input("x")
    low = s.add("down", "linear", around, out_features="=rank", bias=False)
    low = s.add("up", "linear", low, out_features="=width", bias=False)
    around = s.add("around", "weighted_sum", low, around)
    s.output("out", s.add("weigh", "weighted_sum", y, around, init="all"))
    g = b.group("block", doc="Attention and MLP behind learned shortcuts, and a learned sum of all earlier blocks.")
    h, past = g.input("x"), g.input("past")
    y = g.add("attn", "self_attention", g.add("norm1", "layer_norm", h), heads="=heads", causal=True)
    y = g.add("drop1", "dropout", y, p="=dropout", bypass="=dropout == 0")
    h = g.add_group("shortcut1", "shortcut", y, h)
    y = g.add("mlp", "mlp", g.add("norm2", "layer_norm", h), ratio="=mlp_ratio")
    y = g.add("drop2", "dropout", y, p="=dropout", bypass="=dropout == 0")
    h = g.add_group("shortcut2", "shortcut", y, h)
    g.output("out", g.add("join", "add", h, g.add("earlier", "weighted_sum", past, init="none")))
    return ended(b, b.add_group("blocks", "block", x, repeat="=depth", history="past"))
