"""Vision transformers whose first layers convolve with kernels as large as the image."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, transformer_block, whole


@register(
    "design",
    id="hyena_vit_tiny",
    small={"image_size": 32, "patch": 8, "width": 64, "depth": 2, "hyena": 1},
    family="transformer",
    title="Hyena-ViT-Ti",
    tags=("image", "long convolution", "small data"),
    source=Source(
        "Itamar Zimerman, Lior Wolf",
        "Multi-Dimensional Hyena for Spatial Inductive Bias",
        2023,
        "https://arxiv.org/abs/2309.13600",
    ),
)
def hyena_vit_tiny() -> Design:
    """A vision transformer whose first half mixes patches by gated long convolutions, and only the second attends.

    For images of 224 × 224; 12 layers of width 192. With `hyena` 0 it is a ViT that averages its tokens, with 12 it
    never attends.
    """
    b = Builder("hyena_vit_tiny", task="image_classification", doc=hyena_vit_tiny.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 448, 32))
    b.variable("patch", 16, doc="Height and width of a patch.", domain=one_of(4, 8, 16))
    b.variable("width", 192, doc="Features of each token.", domain=whole(64, 1024, 64))
    b.variable("depth", 12, doc="Number of layers.", domain=whole(1, 24))
    b.variable("hyena", 6, doc="How many of them, the first, convolve.", domain=whole(0, 24))
    doc = "Whether the kernels are drawn whole, or as products of one for each axis."
    b.variable("filter", "full", doc=doc, domain=one_of("full", "product"))
    b.variable("head_width", 64, doc="Features of each attention head.", domain=one_of(16, 32, 64))
    b.variable("heads", "=max(1, width // head_width)", doc="Attention heads of each block.")
    b.variable("mlp_ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("dropout", 0.0, doc="Share of values dropped in training.")
    transformer_block(b)
    g = b.group("hyena_block", doc="A gated long convolution and an MLP, each behind a norm and with a shortcut.")
    y = g.input("x")
    z = g.add("to_channels", "permute", g.add("norm1", "layer_norm", y, eps=1e-6), order=[2, 1])
    z = g.add("grid", "reshape", z, shape=["=width", "=image_size // patch", -1])
    z = g.add("rows", "reshape", g.add("hyena", "hyena2d", z, filter="=filter"), shape=["=width", -1])
    y = g.add("add1", "add", y, g.add("to_tokens", "permute", z, order=[2, 1]))
    z = g.add("mlp", "mlp", g.add("norm2", "layer_norm", y, eps=1e-6), ratio="=mlp_ratio")
    g.output("out", g.add("add2", "add", y, z))
    x = b.add("patch_embed", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add("pos_embed", "learned_positions", x)
    x = b.add_group("hyena_blocks", "hyena_block", x, repeat="=min(hyena, depth)")
    x = b.add_group("blocks", "block", x, repeat="=max(0, depth - hyena)")
    x = b.add("norm", "layer_norm", x, eps=1e-6)
    classes_output(b, b.add("pool", "token_pool", x, kind="mean"))
    return b.build()
