"""ResMLP."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source(
    "Hugo Touvron, Piotr Bojanowski, Mathilde Caron, Matthieu Cord and others",
    "ResMLP: Feedforward networks for image classification with data-efficient training",
    2021,
)
TAGS = ("image", "imagenet")
SMALL = {"width": 48, "depth": 2, "image_size": 32}


@register("design", id="resmlp_12_224", family="mlp", title="ResMLP-S12", source=SOURCE, tags=TAGS, small=SMALL)
def resmlp_12_224() -> Design:
    """A network of linear maps over the positions and MLPs over the channels, twelve blocks of width 384.

    For images of 224 × 224; 15,350,872 parameters for a thousand classes. Parameters are named as in timm.
    """
    return _resmlp("resmlp_12_224", resmlp_12_224.__doc__, depth=12, scale=0.1)


@register("design", id="resmlp_24_224", family="mlp", title="ResMLP-S24", source=SOURCE, tags=TAGS, small=SMALL)
def resmlp_24_224() -> Design:
    """A network of linear maps over the positions and MLPs over the channels, 24 blocks of width 384.

    For images of 224 × 224; 30,020,680 parameters for a thousand classes. Parameters are named as in timm.
    """
    return _resmlp("resmlp_24_224", resmlp_24_224.__doc__, depth=24, scale=1e-5)


@register("design", id="resmlp_big_24_224", family="mlp", title="ResMLP-B24/8", source=SOURCE, tags=TAGS, small=SMALL)
def resmlp_big_24_224() -> Design:
    """A network of linear maps over the positions and MLPs over the channels, 24 blocks of width 768 on small patches.

    For images of 224 × 224; 129,138,280 parameters for a thousand classes. Parameters are named as in timm.
    """
    return _resmlp("resmlp_big_24_224", resmlp_big_24_224.__doc__, depth=24, width=768, patch=8, scale=1e-6)


def _resmlp(name: str, doc: str | None, *, depth: int, scale: float, width: int = 384, patch: int = 16) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 448, 32))
    b.variable("patch", patch, doc="Height and width of a patch.", domain=one_of(8, 16, 32))
    b.variable("width", width, doc="Features of each token.", domain=whole(32, 1152, 16))
    b.variable("depth", depth, doc="Number of blocks.", domain=whole(1, 48))
    b.variable("ratio", 4, doc="How many times wider the MLP over channels is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("scale", scale, doc="Weight of every branch at the start.", domain=real(1e-6, 1))
    g = b.group("block", doc="A linear map over the positions and an MLP over the channels, each with a shortcut.")
    y = g.input("x")
    z = g.add("norm1", "affine", y)
    z = g.add("to_positions", "permute", z, order=[2, 1])
    z = g.add("linear_tokens", "linear", z, out_features="=(image_size // patch) ** 2")
    z = g.add("to_channels", "permute", z, order=[2, 1])
    z = g.add("ls1", "layer_scale", z, init="=scale")
    y = g.add("add1", "add", y, z)
    z = g.add("norm2", "affine", y)
    z = g.add("mlp_channels", "mlp", z, ratio="=ratio")
    z = g.add("ls2", "layer_scale", z, init="=scale")
    g.output("out", g.add("add2", "add", y, z))
    x = b.add("stem", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add_group("blocks", "block", x, repeat="=depth")
    x = b.add("norm", "affine", x)
    classes_output(b, b.add("pool", "token_pool", x, kind="mean"))
    return b.build()
