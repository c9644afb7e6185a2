"""A classifier of bytes in which depth can be traded for heads."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, one_of, real, tokens_input, whole
from ._text import stem

KINDS: dict[str, dict[str, Any]] = {
    "softmax": {"block": "attend", "params": {"heads": "=heads"}},
    "linear": {"block": "linear_attend", "params": {"heads": "=heads"}},
    "local": {"block": "local_attend", "params": {"heads": "=heads", "reach": "=reach"}},
    "linformer": {"block": "linformer_attend", "params": {"heads": "=heads", "rank": "=rank"}},
    "performer": {"block": "performer_attend", "params": {"heads": "=heads", "features": "=rank"}},
    "synthesizer": {"group": "synthesizer"},
}


@register(
    "design",
    id="wide_attention_text",
    small={"width": 32, "total_heads": 6, "head_width": 8, "depth": 2},
    family="transformer",
    title="Wide-attention text classifier",
    tags=("text", "wide"),
    source=Source(
        "Jason Ross Brown, Yiren Zhao, Ilia Shumailov, Robert D. Mullins",
        "Wide Attention Is The Way Forward For Transformers?",
        2022,
        "https://arxiv.org/abs/2210.00640",
    ),
)
def wide_attention_text() -> Design:
    """A transformer that reads a text as bytes with a given number of heads: in one block, or spread over several.

    Each block has one MLP, so that few blocks with many heads each have fewer weights than many with few. How wide a
    head is does not depend on the width of the tokens. Padding (byte 0) is neither looked at nor averaged.
    """
    b = Builder("wide_attention_text", task="text_classification", doc=wide_attention_text.__doc__ or "")
    b.facts(label={"classes": 2})
    tokens = tokens_input(b, 256)
    b.variable("width", 128, doc="Features of each token.", domain=whole(32, 512, 32))
    b.variable("total_heads", 48, doc="Attention heads of all blocks together.", domain=one_of(6, 12, 24, 48))
    b.variable("depth", 1, doc="Transformer blocks that share the heads among them.", domain=one_of(1, 2, 3, 6))
    b.variable("heads", "=max(1, total_heads // depth)", doc="Attention heads of each block.")
    b.variable("head_width", 16, doc="Features of each attention head.", domain=one_of(8, 16, 32, 64))
    b.variable("attention", "softmax", doc="How the heads weigh tokens.", domain=one_of(*KINDS))
    b.variable("reach", 16, doc="How many tokens to either side a token sees in local attention.")
    b.variable("rank", 64, doc="Linformer's mixtures of keys, Performer's random features.")
    b.variable("mlp_ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("dropout", 0.1, doc="Share of values dropped in training.", domain=real(0, 0.5))
    g = b.group("synthesizer", doc="Weights that each token makes up by itself; keys are not read.")
    q, _, v, seen = (g.input(name) for name in ("q", "k", "v", "mask"))
    g.output("out", g.add("attend", "synthesizer_attend", q, v, seen, heads="=heads"))
    g = b.group("block", doc="Attention as wide as its heads ask for, and an MLP, each with a shortcut around it.")
    x, mask = g.input("x"), g.input("mask")
    y = g.add("norm1", "layer_norm", x)
    parts = {name: g.add(name, "linear", y, out_features="=heads * head_width") for name in ("q", "k", "v")}
    y = g.add_choice("attend", "=attention", KINDS, inputs={**parts, "mask": mask})
    y = g.add("proj", "linear", y, out_features="=width")
    x = g.add("add1", "add", x, g.add("drop1", "dropout", y, p="=dropout", bypass="=dropout == 0"))
    y = g.add("mlp", "mlp", g.add("norm2", "layer_norm", x), ratio="=mlp_ratio")
    y = g.add("drop2", "dropout", y, p="=dropout", bypass="=dropout == 0")
    g.output("out", g.add("add2", "add", x, y))
    x, mask = stem(b, tokens, width="=width")
    x = b.add("positions", "learned_positions", x)
    x = b.add_group("blocks", "block", x, mask, repeat="=depth")
    x = b.add("norm", "layer_norm", x)
    classes_output(b, b.add("pool", "token_pool", x, mask, kind="mean"))
    return b.build()
