"""A byte-level transformer with memory layers."""

from __future__ import annotations

from models_core.design import Design
from models_core.registry import Source, register

from ._parts import one_of, transformer_block, whole
from ._text import begun, ended


@register(
    "design",
    id="memory_transformer",
    small={"depth": 2, "keys": 8, "memory_heads": 2, "slots": 4},
    family="transformer",
    title="Memory transformer, byte-level",
    tags=("text", "language model", "causal", "memory", "sparse"),
    source=Source(
        "Vincent-Pierre Berges, Barlas Oğuz, Daniel Haziza, Wen-tau Yih, Luke Zettlemoyer, Gargi Ghosh",
        "Memory Layers at Scale",
        2024,
        "https://arxiv.org/abs/2412.09764",
    ),
)
def memory_transformer() -> Design:
    """A causal transformer in which two blocks look up a large table of learned vectors in place of an MLP.

    Both have keys of their own and the table in common.
    """
    b, x = begun("memory_transformer", memory_transformer.__doc__)
    b.variable("keys", 64, doc="Sub-keys of each half; the table has keys × keys rows.", domain=one_of(16, 32, 64, 128))
    b.variable("memory_heads", 4, doc="Queries that each token makes.", domain=whole(1, 8))
    b.variable("slots", 8, doc="Rows that each query reads.", domain=one_of(2, 4, 8, 16))
    doc = "Whether queries go through batch norm, as in Large Memory Layers with Product Keys."
    b.variable("query_norm", False, doc=doc, domain=one_of(False, True))
    doc = "Whether the input gates what was read, as in Memory Layers at Scale."
    b.variable("gated", True, doc=doc, domain=one_of(True, False))
    transformer_block(b, causal=True, eps=1e-5)
    g = b.group("memory_block", doc="Attention and a memory layer, each behind a norm, with a shortcut around it.")
    h = g.input("x")
    y = g.add("attn", "self_attention", g.add("norm1", "layer_norm", h), heads="=heads", causal=True)
    h = g.add("add1", "add", h, g.add("drop1", "dropout", y, p="=dropout", bypass="=dropout == 0"))
    y = g.add(
        "memory",
        "product_key_memory",
        g.add("norm2", "layer_norm", h),
        keys="=keys",
        heads="=memory_heads",
        k="=slots",
        key_dim="=head_width",
        query_norm="=query_norm",
        gated="=gated",
    )
    g.output("out", g.add("add2", "add", h, y))
    x = b.add_group("before", "block", x, repeat="=depth // 2")
    x = b.add_group("memory1", "memory_block", x)
    x = b.add_group("between", "block", x, repeat="=depth - depth // 2")
    x = b.add_group("memory2", "memory_block", x)
    b.tie("memory2.memory.values.weight", to="memory1.memory.values.weight")
    return ended(b, x)
