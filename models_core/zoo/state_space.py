"""Networks of state spaces."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import one_of, tokens_input, whole


@register(
    "design",
    id="byte_mamba",
    small={"width": 64, "depth": 2},
    family="state_space",
    title="Byte-level Mamba",
    tags=("text", "language model", "causal", "recurrent"),
    source=Source("Albert Gu, Tri Dao", "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023),
)
def byte_mamba() -> Design:
    """Mamba blocks, each behind a norm and with a shortcut, that predict the next byte at every position of a text.

    Embedding and head share their weights. By default four blocks of width 128; with width 768 and depth 24 it is
    Mamba-130M but for the size of its vocabulary.
    """
    b = Builder("byte_mamba", task="byte_lm", doc=byte_mamba.__doc__ or "")
    x = tokens_input(b, 128)
    b.variable("width", 128, doc="Features of each token.", domain=whole(64, 1024, 64))
    b.variable("depth", 4, doc="Number of blocks.", domain=whole(1, 48))
    b.variable("state", 16, doc="Numbers of the state per channel.", domain=one_of(4, 8, 16, 32))
    b.variable("expand", 2, doc="Channels inside for each feature.", domain=one_of(1, 2, 3))
    g = b.group("block", doc="A Mamba block behind a norm, with a shortcut around both.")
    y = g.input("x")
    z = g.add("mixer", "mamba", g.add("norm", "rms_norm", y, eps=1e-5), state="=state", expand="=expand")
    g.output("out", g.add("add", "add", y, z))
    x = b.add("embed", "embedding", x, num_embeddings="=facts.text.vocab", embedding_dim="=width", init_std=0.02)
    x = b.add_group("blocks", "block", x, repeat="=depth")
    x = b.add("norm", "rms_norm", x, eps=1e-5)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.text.vocab", bias=False))
    b.tie("head.weight", to="embed.weight")
    return b.build()
