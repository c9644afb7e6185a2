"""Hourglass MLP."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, one_of, whole


@register(
    "design",
    id="hourglass_mlp",
    family="mlp",
    title="Hourglass MLP",
    tags=("image", "small"),
    source=Source(
        "Meng-Hsi Chen, Yu-Ang Lee, Feng-Ting Liao, Da-shan Shiu", "Rethinking the shape convention of an MLP", 2025
    ),
)
def hourglass_mlp() -> Design:
    """Residual MLPs whose shortcuts are wide and whose insides are narrow, on the pixels of an image.

    A projection lifts the pixels to the width of the shortcuts first; it may stay as it was drawn at random. With
    `hidden` above `width` it is the conventional MLP, narrow outside and wide inside.
    """
    b = Builder("hourglass_mlp", task="image_classification", doc=hourglass_mlp.__doc__ or "")
    b.facts(image={"channels": 1, "height": 28, "width": 28}, label={"classes": 10})
    dims: dict[str, int | str] = {"C": "=facts.image.channels", "H": "=facts.image.height", "W": "=facts.image.width"}
    x = b.add("flatten", "flatten", b.input("image", "image", **dims))
    b.variable("width", 512, doc="Features of the shortcuts.", domain=whole(8, 4096, 8))
    b.variable("hidden", 64, doc="Features inside a block.", domain=whole(4, 4096, 4))
    b.variable("depth", 4, doc="Number of blocks.", domain=whole(1, 32))
    b.variable("lift", "frozen", doc="Whether the first projection is trained.", domain=one_of("frozen", "trained"))
    b.variable("activation", "gelu", doc="What lies inside a block.", domain=one_of("gelu", "relu", "silu"))
    lifts = {
        "frozen": {"block": "random_projection", "params": {"out_features": "=width"}},
        "trained": {"block": "linear", "params": {"out_features": "=width"}},
    }
    g = b.group("block", doc="Down to `hidden` features and up again, behind a layer norm, with a wide shortcut.")
    y = g.input("x")
    z = g.add("norm", "layer_norm", y)
    z = g.add("mlp", "mlp", z, hidden_features="=hidden", activation="=activation")
    g.output("out", g.add("add", "add", y, z))
    x = b.add_choice("lift", "=lift", lifts, x)
    x = b.add_group("blocks", "block", x, repeat="=depth")
    classes_output(b, b.add("norm", "layer_norm", x))
    return b.build()
