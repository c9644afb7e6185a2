"""Networks of separable convolutions."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole


@register(
    "design",
    id="xception",
    family="cnn",
    title="Xception",
    tags=("image", "imagenet", "separable", "residual"),
    small={"width": 16, "middle": 1, "image_size": 32},
    source=Source("François Chollet", "Xception: Deep Learning with Depthwise Separable Convolutions", 2017),
)
def xception() -> Design:
    """A residual network whose convolutions filter every channel by itself and then mix the channels.

    For images of 299 × 299; 22,855,952 parameters for a thousand classes and 8.4 G MACs. `tower_width` is the way from
    here to ordinary convolutions: how many channels a spatial filter sees. Parameters are named as in timm but for
    the insides of the blocks.
    """
    b = Builder("xception", task="image_classification", doc=xception.__doc__ or "")
    x = image_input(b, 299, channels=3, classes=1000, domain=whole(32, 399, 1))
    b.variable(
        "width", 32, doc="Maps of the first convolution; all others are in proportion.", domain=whole(16, 64, 16)
    )
    b.variable("middle", 8, doc="Blocks of the middle flow.", domain=whole(1, 16))
    b.variable("tower_width", 1, doc="Channels that a spatial filter sees.", domain=one_of(1, 2, 4))
    b.variable("between", False, doc="Whether a relu lies between filter and mixture.", domain=one_of(True, False))
    b.variable("dropout", 0.5, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    separable_unit(b)
    _block(b)
    x = b.add("conv1", "conv2d", x, out_channels="=width", kernel_size=3, stride=2, padding=0, bias=False)
    x = b.add("act1", "relu", b.add("bn1", "batch_norm", x))
    x = b.add("conv2", "conv2d", x, out_channels="=width * 2", kernel_size=3, padding=0, bias=False)
    x = b.add("act2", "relu", b.add("bn2", "batch_norm", x))
    for index, (before, after) in enumerate(((8, 16), (16, 32), (32, 91)), 1):
        sizes: dict[str, Any] = {
            "before": f"={before} * width // 4",
            "inner": f"={after} * width // 4",
            "after": f"={after} * width // 4",
        }
        x = b.add_group(f"block{index}", "block", x, rectified=index > 1, **sizes)
    same: dict[str, Any] = dict.fromkeys(("before", "inner", "after"), "=91 * width // 4")
    x = b.add_group("middle_flow", "block", x, repeat="=middle", shrinks=False, **same)
    x = b.add_group("block12", "block", x, **{**same, "after": "=width * 32"})
    for index, (before, after) in ((3, (32, 48)), (4, (48, 64))):
        x = b.add_group(f"conv{index}", "separable", x, before=f"=width * {before}", after=f"=width * {after}")
        x = b.add(f"act{index}", "relu", x)
    x = b.add("global_pool", "global_avg_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "fc")
    return b.build()


def separable_unit(b: Builder) -> None:
    """The group `separable`; it needs the variables `tower_width` and `between`."""
    doc = "A 3 × 3 filter for every few channels, then a 1 × 1 convolution and batch norm."
    g = b.group("separable", doc=doc, before=64, after=64)
    y = g.add(
        "conv1", "conv2d", g.input("x"), out_channels="=before", groups="=before // tower_width", padding=1, bias=False
    )
    y = g.add("between", "relu", y, bypass="=not between")
    y = g.add("pointwise", "conv2d", y, out_channels="=after", kernel_size=1, bias=False)
    g.output("out", g.add("bn", "batch_norm", y))


def _block(b: Builder) -> None:
    doc = "Separable convolutions, each behind a relu, with a linear shortcut: three that stay, or two that shrink."
    g = b.group("block", doc=doc, before=64, inner=128, after=128, shrinks=True, rectified=True)
    x = g.input("x")
    y = g.add("act1", "relu", x, bypass="=not rectified")
    y = g.add_group("conv1", "separable", y, before="=before", after="=inner")
    y = g.add_group("conv2", "separable", g.add("act2", "relu", y), before="=inner", after="=after")
    y = g.add("act3", "relu", y, bypass="=shrinks")
    y = g.add_group("conv3", "separable", y, before="=after", after="=after", bypass="=shrinks")
    y = g.add("pool", "max_pool2d", y, kernel_size=3, stride=2, padding=1, bypass="=not shrinks")
    skip: dict[str, Any] = {"out_channels": "=after", "kernel_size": 1, "stride": 2, "bias": False}
    x = g.add("skip", "conv2d", x, bypass="=not shrinks", **skip)
    x = g.add("skipbn", "batch_norm", x, bypass="=not shrinks")
    g.output("out", g.add("add", "add", y, x))
