"""MLP-Mixer."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source(
    "Ilya Tolstikhin, Neil Houlsby, Alexander Kolesnikov, Lucas Beyer and others",
    "MLP-Mixer: An all-MLP Architecture for Vision",
    2021,
)


@register(
    "design",
    id="mixer_s16_224",
    small={"width": 64, "depth": 2, "image_size": 32},
    family="mlp",
    title="MLP-Mixer-S/16",
    source=SOURCE,
    tags=("image", "imagenet"),
)
def mixer_s16_224() -> Design:
    """A network of MLPs alone, in turn over the positions and over the channels: eight blocks of width 512.

    For images of 224 × 224; 18,528,264 parameters for a thousand classes. Parameters are named as in timm.
    """
    return _mixer("mixer_s16_224", mixer_s16_224.__doc__, depth=8, width=512)


@register(
    "design",
    id="mixer_b16_224",
    small={"width": 64, "depth": 2, "image_size": 32},
    family="mlp",
    title="MLP-Mixer-B/16",
    source=SOURCE,
    tags=("image", "imagenet"),
)
def mixer_b16_224() -> Design:
    """A network of MLPs alone, in turn over the positions and over the channels: twelve blocks of width 768.

    For images of 224 × 224; 59,880,472 parameters for a thousand classes and 12.6 G MACs with the mixing of positions
    counted. Parameters are named as in timm.
    """
    return _mixer("mixer_b16_224", mixer_b16_224.__doc__, depth=12, width=768)


def _mixer(name: str, doc: str | None, *, depth: int, width: int) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 448, 32))
    b.variable("patch", 16, doc="Height and width of a patch.", domain=one_of(8, 16, 32))
    b.variable("width", width, doc="Features of each token.", domain=whole(64, 1024, 64))
    b.variable("depth", depth, doc="Number of mixer blocks.", domain=whole(1, 24))
    b.variable("token_ratio", 0.5, doc="Features inside the MLP over positions, per width.", domain=real(0.125, 4))
    b.variable("channel_ratio", 4.0, doc="Features inside the MLP over channels, per width.", domain=real(0.5, 8))
    g = b.group("block", doc="An MLP over the positions and one over the channels, each with a shortcut.")
    y = g.input("x")
    z = g.add("norm1", "layer_norm", y, eps=1e-6)
    z = g.add("to_positions", "permute", z, order=[2, 1])
    z = g.add("mlp_tokens", "mlp", z, hidden_features="=int(width * token_ratio)")
    z = g.add("to_channels", "permute", z, order=[2, 1])
    y = g.add("add1", "add", y, z)
    z = g.add("norm2", "layer_norm", y, eps=1e-6)
    z = g.add("mlp_channels", "mlp", z, hidden_features="=int(width * channel_ratio)")
    g.output("out", g.add("add2", "add", y, z))
    x = b.add("stem", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add_group("blocks", "block", x, repeat="=depth")
    x = b.add("norm", "layer_norm", x, eps=1e-6)
    classes_output(b, b.add("pool", "token_pool", x, kind="mean"))
    return b.build()
