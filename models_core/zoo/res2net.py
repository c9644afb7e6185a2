"""Residual networks whose bottlenecks look at several scales."""

from __future__ import annotations

from typing import Any

from models_core.design import Design
from models_core.registry import Source, register

from ._parts import whole
from ._residual import finished, imagenet_builder, plain_stem, stages

SOURCE = Source(
    "Shang-Hua Gao, Ming-Ming Cheng, Kai Zhao, Xin-Yu Zhang, Ming-Hsuan Yang, Philip Torr",
    "Res2Net: A New Multi-scale Backbone Architecture",
    2019,
)
TAGS = ("image", "imagenet", "residual", "multi-scale")
SMALL = {"width": 16, "image_size": 32, "depth2": 2, "depth3": 1, "depth4": 1}


@register(
    "design", id="res2net50_26w_4s", family="cnn", title="Res2Net-50 26w x 4s", source=SOURCE, tags=TAGS, small=SMALL
)
def res2net50_26w_4s() -> Design:
    """ResNet-50 whose 3 × 3 filters work in four groups of 26 channels, each seeing what the one before gave.

    For images of 224 × 224; 25,699,120 parameters for a thousand classes and 4.3 G MACs.
    """
    return _res2net("res2net50_26w_4s", res2net50_26w_4s.__doc__, 26, 4)


@register(
    "design", id="res2net50_14w_8s", family="cnn", title="Res2Net-50 14w x 8s", source=SOURCE, tags=TAGS, small=SMALL
)
def res2net50_14w_8s() -> Design:
    """ResNet-50 whose 3 × 3 filters work in eight groups of 14 channels, each seeing what the one before gave.

    For images of 224 × 224; 25,059,816 parameters for a thousand classes and 4.2 G MACs.
    """
    return _res2net("res2net50_14w_8s", res2net50_14w_8s.__doc__, 14, 8)


def _res2net(name: str, doc: str | None, base_width: int, scale: int) -> Design:
    b, x = imagenet_builder(name, doc)
    b.variable("base_width", base_width, doc="Channels of a group in the first stage, of 64.", domain=whole(4, 64))
    b.variable("scale", scale, doc="Groups of a bottleneck; 1 is a plain bottleneck.", domain=whole(1, 8))
    x = plain_stem(b, x, 7, 2)
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    sizes: dict[str, Any] = {"scale": "=scale", "base_width": "=base_width"}
    x = stages(b, x, "res2_bottleneck", (3, 4, 6, 3), first_changes=True, params=lambda stage: sizes)
    return finished(b, x)
