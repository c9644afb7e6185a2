"""Vision transformers of one block, used again and again, whose MLP is a mixture of experts."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, transformer_variables, whole


@register(
    "design",
    id="widenet",
    small={"depth": 2},
    family="transformer",
    title="WideNet",
    tags=("image", "mixture of experts", "shared"),
    source=Source(
        "Fuzhao Xue, Ziji Shi, Futao Wei, Yuxuan Lou, Yong Liu, Yang You",
        "Go Wider Instead of Deeper",
        2022,
        "https://arxiv.org/abs/2107.11817",
    ),
)
def widenet() -> Design:
    """A small vision transformer whose blocks share attention, router and experts; the norms alone are each one's own.

    Being normalised anew at every depth, a token may pick other experts each time.
    """
    b = Builder("widenet", task="image_classification", doc=widenet.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(8, 224, 8))
    b.variable("patch", 4, doc="Height and width of a patch.", domain=one_of(2, 4, 16))
    transformer_variables(b, width=192, depth=6, head_width=64, dropout=0.0, widths=whole(64, 1024, 64))
    b.variable("hidden", "=width * mlp_ratio", doc="Features inside an expert.")
    b.variable("experts", 4, doc="MLPs to pick from.", domain=whole(2, 16))
    b.variable("picked", 2, doc="MLPs that each token uses.", domain=one_of(1, 2))
    b.variable("balance", 0.01, doc="Weight of the loss that keeps experts evenly used.", domain=real(0, 1))
    g = b.group("block", doc="Attention and a mixture of experts, each behind a layer norm, with a shortcut around it.")
    h = g.input("x")
    y = g.add("attn", "self_attention", g.add("norm1", "layer_norm", h), heads="=heads")
    h = g.add("add1", "add", h, g.add("drop1", "dropout", y, p="=dropout", bypass="=dropout == 0"))
    y = g.add("norm2", "layer_norm", h)
    y = g.add("moe", "moe_mlp", y, experts="=experts", k="=picked", hidden_features="=hidden", balance="=balance")
    g.output("out", g.add("add2", "add", h, g.add("drop2", "dropout", y, p="=dropout", bypass="=dropout == 0")))
    x = b.add("patch_embed", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add("pos_embed", "learned_positions", x)
    x = b.add_group("blocks", "block", x, repeat="=depth")
    classes_output(b, b.add("pool", "token_pool", b.add("norm", "layer_norm", x), kind="mean"))
    b.tie("blocks.*.attn", to="blocks.0.attn")
    b.tie("blocks.*.moe", to="blocks.0.moe")
    return b.build()
