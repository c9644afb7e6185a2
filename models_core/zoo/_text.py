"""What networks that read text as bytes have in common: how they begin and end, and what a block ends with."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, Handle
from models_core.design.builder import GroupBuilder

from ._parts import one_of, tokens_input, transformer_variables, whole


def begun(name: str, doc: str | None) -> tuple[Builder, Handle]:
    """A builder with the usual variables, and the embedded tokens with their positions."""
    b = Builder(name, task="byte_lm", doc=doc or "")
    x = tokens_input(b, 128)
    transformer_variables(b, width=128, depth=4, head_width=32, dropout=0.0, widths=whole(64, 1024, 64))
    x = b.add("embed", "embedding", x, num_embeddings="=facts.text.vocab", embedding_dim="=width", init_std=0.02)
    return b, b.add("positions", "learned_positions", x)


def ended(b: Builder, x: Handle) -> Design:
    """The design with a last norm, and a head that has the embedding's weights."""
    x = b.add("norm", "layer_norm", x)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.text.vocab", bias=False))
    b.tie("head.weight", to="embed.weight")
    return b.build()


def after_attention(g: GroupBuilder, x: Handle, gathered: Handle) -> Handle:
    """What follows on attention: the shortcut around it, and the MLP with its own."""
    y = g.add("proj", "linear", gathered, out_features="=width")
    x = g.add("add1", "add", x, g.add("drop1", "dropout", y, p="=dropout", bypass="=dropout == 0"))
    y = g.add("mlp", "mlp", g.add("norm2", "layer_norm", x), ratio="=mlp_ratio")
    return g.add("add2", "add", x, g.add("drop2", "dropout", y, p="=dropout", bypass="=dropout == 0"))


def stem(b: Builder, tokens: Handle, *, width: int | str) -> tuple[Handle, Handle]:
    """Bytes become vectors, `stride` bytes one vector; gives them and a mask that is 0 where all bytes are padding."""
    b.variable("embed_width", 64, doc="Features of each byte.", domain=whole(8, 256, 8))
    b.variable("stride", 4, doc="Bytes that become one step: more is faster, less is finer.", domain=one_of(1, 2, 4, 8))
    g = b.group("stem", doc="Embeds bytes and joins every few of them by a convolution.", width=128)
    bytes_in = g.input("tokens")
    sizes: dict[str, Any] = {"num_embeddings": "=facts.text.vocab", "embedding_dim": "=embed_width"}
    x = g.add("embed", "embedding", bytes_in, padding_idx=0, **sizes)
    x = g.add("to_channels", "permute", x, order=[2, 1])
    x = g.add("conv", "conv1d", x, out_channels="=width", kernel_size="=2 * stride + 1", stride="=stride")
    x = g.add("act", "gelu", g.add("to_steps", "permute", x, order=[2, 1]))
    g.output("out", x)
    windows = g.add("windows", "reshape", bytes_in, shape=["=facts.text.length // stride", "=stride"])
    g.output("mask", g.add("mask", "max_over", windows, dim=2))
    joined = b.add_group("stem", "stem", tokens, width=width)
    return joined, joined["mask"]
