"""A byte-level transformer whose shortcuts are gated."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import one_of, real, tokens_input, transformer_variables, whole
from ._text import ended


@register(
    "design",
    id="gtrxl",
    small={"depth": 2},
    family="transformer",
    title="GTrXL, byte-level",
    tags=("text", "language model", "causal", "gate", "relative position", "reinforcement learning"),
    source=Source(
        "Emilio Parisotto, Francis Song, Jack Rae, Razvan Pascanu and others",
        "Stabilizing Transformers for Reinforcement Learning",
        2019,
        "https://arxiv.org/abs/1910.06764",
    ),
)
def gtrxl() -> Design:
    """A causal transformer with norms in front, relative positions, and gates in place of the sums of its shortcuts.

    Gates start near the shortcut. It reads one segment; the block `relative_attention` takes a memory of earlier ones.
    """
    b = Builder("gtrxl", task="byte_lm", doc=gtrxl.__doc__ or "")
    x = tokens_input(b, 128)
    transformer_variables(b, width=128, depth=4, head_width=32, dropout=0.0, widths=whole(64, 1024, 64))
    kinds = one_of("gru", "highway", "output", "input", "sigtanh")
    b.variable("gate", "gru", doc="How the gates are computed and used.", domain=kinds)
    b.variable("gate_bias", 2.0, doc="How far towards the shortcut they start.", domain=real(0, 8))
    g = b.group(
        "block", doc="Attention and MLP, each behind a norm, with a relu at its end and a gate to the shortcut."
    )
    h = g.input("x")
    y = g.add("act1", "relu", g.add("attn", "relative_attention", g.add("norm1", "layer_norm", h), heads="=heads"))
    y = g.add("drop1", "dropout", y, p="=dropout", bypass="=dropout == 0")
    h = g.add("gate1", "residual_gate", h, inputs={"y": y}, kind="=gate", bias="=gate_bias")
    y = g.add("act2", "relu", g.add("mlp", "mlp", g.add("norm2", "layer_norm", h), ratio="=mlp_ratio"))
    y = g.add("drop2", "dropout", y, p="=dropout", bypass="=dropout == 0")
    g.output("out", g.add("gate2", "residual_gate", h, inputs={"y": y}, kind="=gate", bias="=gate_bias"))
    x = b.add("embed", "embedding", x, num_embeddings="=facts.text.vocab", embedding_dim="=width", init_std=0.02)
    return ended(b, b.add_group("blocks", "block", x, repeat="=depth"))
