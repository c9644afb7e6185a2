"""Residual networks whose bottlenecks look at several scales."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, Handle
from models_core.registry import Source, register

from ._parts import whole
from ._residual import finished, imagenet_builder, plain_stem, project, stages

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
    b.variable("scale", scale, doc="Groups of a bottleneck; 1 is a plain bottleneck.", domain=whole(1, scale))
    project(b)
    res2_unit(b, scale)
    x = plain_stem(b, x, 7, 2)
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    return finished(b, stages(b, x, "bottleneck", (3, 4, 6, 3), first_changes=True))


def res2_unit(b: Builder, most: int) -> None:
    """The group `bottleneck` with up to `most` groups; it needs the variables `base_width`, `scale`, group `project`.

    Groups beyond `scale` are muted, and the splits that would make them hand on what they get.
    """
    doc = "A bottleneck whose filters work in groups, one after the other, so that later ones see farther."
    g = b.group("bottleneck", doc=doc, width=64, stride=1, changes=False)
    x = g.input("x")
    inner = "int(width * base_width / 64)"
    y = g.add("conv1", "conv2d", x, out_channels=f"={inner} * scale", kernel_size=1, bias=False)
    rest = g.add("act1", "relu", g.add("bn1", "batch_norm", y))
    pads: dict[str, Any] = {"kernel_size": 3, "stride": "=stride", "padding": 1}
    done: list[Handle] = []
    for at in range(1, most):
        absent = f"=scale <= {at}" if at > 1 else False
        part = g.add(f"split{at}", "split", rest, size=f"={inner}", bypass=f"=scale <= {at}")
        rest = part["second"]
        if done:
            # Where a unit changes the shape, groups do not see each other: what came before has another size.
            part = g.add(f"sum{at}", "add", part, done[-1], bypass="=changes", mute=absent)
        y = g.add(f"filter{at}", "conv2d", part, out_channels=f"={inner}", bias=False, mute=absent, **pads)
        y = g.add(f"norm{at}", "batch_norm", y, mute=absent)
        done.append(g.add(f"relu{at}", "relu", y, mute=absent))
    last = g.add("pool", "avg_pool2d", rest, bypass="=not changes", mute="=scale == 1", **pads)
    y = g.add("concat", "concat", *done, last)
    y = g.add("conv3", "conv2d", y, out_channels="=width * 4", kernel_size=1, bias=False)
    y = g.add("bn3", "batch_norm", y)
    x = g.add_group("downsample", "project", x, width="=width * 4", stride="=stride", bypass="=not changes")
    g.output("out", g.add("act3", "relu", g.add("add", "add", y, x)))
