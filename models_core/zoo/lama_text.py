"""A recurrent text classifier whose states are pooled by compact attention."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, one_of, real, tokens_input, whole
from ._text import stem


@register(
    "design",
    id="lama_text",
    family="recurrent",
    title="LAMA text classifier",
    tags=("text", "recurrent", "attention", "low rank"),
    source=Source(
        "Sneha Mehta, Huzefa Rangwala, Naren Ramakrishnan",
        "Low Rank Factorization for Compact Multi-Head Self-Attention",
        2019,
        "https://arxiv.org/abs/1912.00835",
    ),
)
def lama_text() -> Design:
    """A GRU that reads a text in both directions, whose states several heads average by low-rank attention.

    A convolution joins every `stride` bytes first. Padding (byte 0) gets no attention.
    """
    b = Builder("lama_text", task="text_classification", doc=lama_text.__doc__ or "")
    b.facts(label={"classes": 2})
    tokens = tokens_input(b, 256)
    b.variable("width", 128, doc="Features of the state, per direction.", domain=whole(16, 512, 16))
    b.variable("depth", 1, doc="Number of recurrent layers.", domain=whole(1, 4))
    b.variable("heads", 4, doc="Averages that are taken side by side.", domain=one_of(1, 2, 4, 8, 16))
    b.variable("rank", 1, doc="Rank of the form by which a head scores a state.", domain=one_of(1, 2, 4, 8))
    b.variable("dropout", 0.3, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    x, mask = stem(b, tokens, width=128)
    x = b.add("gru", "gru", x, hidden_size="=width", num_layers="=depth", bidirectional=True)
    x = b.add("pool", "low_rank_attention_pool", x, inputs={"mask": mask}, heads="=heads", rank="=rank")
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x)
    return b.build()
