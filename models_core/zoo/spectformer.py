"""Vision transformers whose first layers mix in the frequency domain."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, transformer_block, whole

SMALL = {"image_size": 32, "patch": 8, "width": 64, "depth": 2, "spectral": 1}


@register(
    "design",
    id="spectformer_xs",
    small=SMALL,
    family="transformer",
    title="SpectFormer-XS",
    tags=("image", "imagenet", "frequency"),
    source=Source(
        "Badri Patro, Vinay Namboodiri, Vijay Agneeswaran",
        "SpectFormer: Frequency and Attention is what you need in a Vision Transformer",
        2023,
    ),
)
def spectformer_xs() -> Design:
    """A vision transformer whose first layers weigh frequencies, and only the later ones attend.

    For images of 224 × 224; 12 layers of width 384, the first 4 spectral by default. With all 12 it is GFNet-XS.
    """
    b = Builder("spectformer_xs", task="image_classification", doc=spectformer_xs.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 448, 32))
    b.variable("patch", 16, doc="Height and width of a patch.", domain=one_of(8, 16))
    b.variable("width", 384, doc="Features of each token.", domain=whole(64, 1024, 64))
    b.variable("depth", 12, doc="Number of layers.", domain=whole(1, 24))
    b.variable("spectral", 4, doc="How many of them, the first, are spectral.", domain=whole(0, 24))
    b.variable("head_width", 32, doc="Features of each attention head.", domain=one_of(16, 32, 64))
    b.variable("heads", "=max(1, width // head_width)", doc="Attention heads of each block.")
    b.variable("mlp_ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("dropout", 0.0, doc="Share of values dropped in training.")
    transformer_block(b)
    g = b.group("spectral_block", doc="A filter over frequencies and an MLP, with one shortcut around both.")
    y = g.input("x")
    z = g.add("filter", "spectral_gate", g.add("norm1", "layer_norm", y, eps=1e-6))
    z = g.add("mlp", "mlp", g.add("norm2", "layer_norm", z, eps=1e-6), ratio="=mlp_ratio")
    g.output("out", g.add("add", "add", y, z))
    x = b.add("patch_embed", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add("pos_embed", "learned_positions", x)
    x = b.add_group("spectral_blocks", "spectral_block", x, repeat="=min(spectral, depth)")
    x = b.add_group("blocks", "block", x, repeat="=max(0, depth - spectral)")
    x = b.add("norm", "layer_norm", x, eps=1e-6)
    classes_output(b, b.add("pool", "token_pool", x, kind="mean"))
    return b.build()
