"""Networks that read text as bytes."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, one_of, real, tokens_input, transformer_block, transformer_variables, whole
from ._text import stem

POSITIONS: dict[str, dict[str, Any]] = {
    "learned": {"block": "learned_positions"},
    "sinusoidal": {"block": "sinusoidal_positions", "params": {"scale": 0.02}},
}
"""Both start small, as the embeddings do."""
TRANSFORMER = Source(
    "Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit and others", "Attention Is All You Need", 2017
)


@register(
    "design",
    id="byte_transformer",
    family="transformer",
    title="Byte-level transformer",
    tags=("text", "language model", "causal"),
    source=Source(
        "Rami Al-Rfou, Dokook Choe, Noah Constant, Mandy Guo, Llion Jones",
        "Character-Level Language Modeling with Deeper Self-Attention",
        2019,
    ),
)
def byte_transformer() -> Design:
    """A causal transformer that predicts the next byte at every position of a text.

    Embedding and head share their weights. By default four blocks of width 128 with 4 heads: small enough for a CPU.
    """
    b = Builder("byte_transformer", task="byte_lm", doc=byte_transformer.__doc__ or "")
    x = tokens_input(b, 128)
    transformer_variables(b, width=128, depth=4, head_width=32, dropout=0.1, widths=whole(64, 1024, 64))
    b.variable("positions", "learned", doc="How a token knows its place.", domain=one_of("learned", "sinusoidal"))
    transformer_block(b, causal=True, eps=1e-5)
    x = b.add("embed", "embedding", x, num_embeddings="=facts.text.vocab", embedding_dim="=width", init_std=0.02)
    x = b.add_choice("positions", "=positions", POSITIONS, x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    x = b.add_group("blocks", "block", x, repeat="=depth")
    x = b.add("norm", "layer_norm", x)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.text.vocab", bias=False))
    b.tie("head.weight", to="embed.weight")
    return b.build()


@register(
    "design",
    id="gru_text",
    family="recurrent",
    title="GRU text classifier",
    tags=("text", "recurrent"),
    source=Source(
        "Kyunghyun Cho, Bart van Merriënboer, Caglar Gulcehre and others",
        "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
        2014,
    ),
)
def gru_text() -> Design:
    """A GRU that reads a text in both directions, a few bytes at a step, and judges it by its largest values.

    A convolution joins every `stride` bytes first. Padding (byte 0) is left out of the pooling.
    """
    b = Builder("gru_text", task="text_classification", doc=gru_text.__doc__ or "")
    b.facts(label={"classes": 2})
    tokens = tokens_input(b, 256)
    b.variable("width", 128, doc="Features of the state, per direction.", domain=whole(16, 512, 16))
    b.variable("depth", 1, doc="Number of recurrent layers.", domain=whole(1, 4))
    b.variable("bidirectional", True, doc="Whether it also reads backwards.", domain=one_of(True, False))
    b.variable("pool", "max", doc="How the states become one vector.", domain=one_of("max", "mean", "last"))
    b.variable("dropout", 0.3, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    x, mask = stem(b, tokens, width=128)
    x = b.add("gru", "gru", x, hidden_size="=width", num_layers="=depth", bidirectional="=bidirectional")
    x = b.add("pool", "token_pool", x, mask, kind="=pool")
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x)
    return b.build()


@register(
    "design",
    id="transformer_text",
    family="transformer",
    title="Transformer text classifier",
    tags=("text",),
    source=TRANSFORMER,
)
def transformer_text() -> Design:
    """A transformer that reads a text, a few bytes to a token, and judges the mean of what it made of them.

    A convolution joins every `stride` bytes first. Padding (byte 0) is neither looked at nor averaged.
    """
    b = Builder("transformer_text", task="text_classification", doc=transformer_text.__doc__ or "")
    b.facts(label={"classes": 2})
    tokens = tokens_input(b, 256)
    transformer_variables(b, width=128, depth=2, head_width=32, dropout=0.1, widths=whole(64, 512, 64))
    b.variable("positions", "learned", doc="How a byte knows its place.", domain=one_of("learned", "sinusoidal"))
    transformer_block(b, masked=True, eps=1e-5)
    x, mask = stem(b, tokens, width="=width")
    x = b.add_choice("positions", "=positions", POSITIONS, x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    x = b.add_group("blocks", "block", x, mask, repeat="=depth")
    x = b.add("norm", "layer_norm", x)
    classes_output(b, b.add("pool", "token_pool", x, mask, kind="mean"))
    return b.build()
