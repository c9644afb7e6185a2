"""Residual networks whose filters compete for each channel."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import one_of, whole
from ._residual import deep_stem, finished, imagenet_builder, project_averages, stages

SOURCE = Source(
    "Hang Zhang, Chongruo Wu, Zhongyue Zhang, Yi Zhu, Haibin Lin, Zhi Zhang, Yue Sun, Tong He, Jonas Mueller, "
    "R. Manmatha, Mu Li, Alexander Smola",
    "ResNeSt: Split-Attention Networks",
    2020,
)
TAGS = ("image", "imagenet", "residual", "attention", "gate")
SMALL = {"width": 16, "image_size": 32, "depth1": 2, "depth2": 1, "depth3": 1, "depth4": 1}


@register("design", id="resnest50d", family="cnn", title="ResNeSt-50", source=SOURCE, tags=TAGS, small=SMALL)
def resnest50d() -> Design:
    """Sixteen split-attention bottlenecks: branches of a filter are weighed against each other, channel by channel.

    For images of 224 × 224; 27,483,240 parameters for a thousand classes and 5.4 G MACs. ResNeSt-101 has `depth3` 23
    and `stem_width` 128.
    """
    return _resnest("resnest50d", resnest50d.__doc__, radix=2)


@register(
    "design",
    id="resnest50d_4s2x40d",
    family="cnn",
    title="ResNeSt-50 4s2x40d",
    source=SOURCE,
    tags=TAGS,
    small={**SMALL, "base_width": 64},
)
def resnest50d_4s2x40d() -> Design:
    """Sixteen split-attention bottlenecks of two groups, each with four branches that are weighed against each other.

    For images of 224 × 224; 30,417,592 parameters for a thousand classes and 4.4 G MACs.
    """
    doc = resnest50d_4s2x40d.__doc__
    return _resnest("resnest50d_4s2x40d", doc, radix=4, cardinality=2, base_width=40, pool_first=True)


def _resnest(
    name: str,
    doc: str | None,
    *,
    radix: int,
    cardinality: int = 1,
    base_width: int = 64,
    pool_first: bool = False,
) -> Design:
    b, x = imagenet_builder(name, doc)
    b.variable("stem_width", 64, doc="Maps of the stem.", domain=one_of(16, 32, 64, 128))
    b.variable("radix", radix, doc="Branches that compete; 1 gives a plain gate.", domain=whole(1, radix))
    b.variable("cardinality", cardinality, doc="Groups that each have branches of their own.", domain=one_of(1, 2, 4))
    b.variable("base_width", base_width, doc="Channels of a group in the first stage, of 64.", domain=whole(32, 96, 8))
    project_averages(b)
    split_attention(b, radix)
    _bottleneck(b, pool_first)
    x = deep_stem(b, x, "stem_width")
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    return finished(b, stages(b, x, "bottleneck", (3, 4, 6, 3), first_changes=True))


def split_attention(b: Builder, most: int) -> None:
    """The group `split_attention`, of up to `most` branches; it needs the variables `radix` and `cardinality`."""
    _sum_branches(b, most)
    doc = "A filter in branches; their sum decides by softmax how much of each channel every branch gives."
    g = b.group("split_attention", doc=doc, width=64)
    # A quarter of all branches, to the nearest multiple of 8 that is not more than a tenth below, and at least 32.
    exact = "(width * radix / 4)"
    near = f"max(32, int({exact} + 4) // 8 * 8)"
    inner = f"=({near} if {near} >= 0.9 * {exact} else {near} + 8)"
    pads: dict[str, Any] = {"kernel_size": 3, "padding": 1, "groups": "=cardinality * radix", "bias": False}
    y = g.add("conv", "conv2d", g.input("x"), out_channels="=width * radix", **pads)
    branches = g.add("act0", "relu", g.add("bn0", "batch_norm", y))
    y = g.add_group("gather", "sum_branches", branches, width="=width")
    y = g.add("pool", "adaptive_avg_pool2d", y)
    y = g.add("fc1", "conv2d", y, out_channels=inner, kernel_size=1, groups="=cardinality")
    y = g.add("act1", "relu", g.add("bn1", "batch_norm", y))
    y = g.add("fc2", "conv2d", y, out_channels="=width * radix", kernel_size=1, groups="=cardinality")
    y = g.add("apart", "reshape", y, shape=["=cardinality", "=radix", -1])
    y = g.add("radix_first", "permute", y, order=[2, 1, 3])
    y = g.add("compete", "softmax", y, dim=1, bypass="=radix == 1")
    y = g.add("gate", "sigmoid", y, bypass="=radix > 1")
    y = g.add("weights", "reshape", y, shape=["=width * radix", 1, 1])
    y = g.add("weigh", "multiply", branches, y)
    g.output("out", g.add_group("join", "sum_branches", y, width="=width"))


def _sum_branches(b: Builder, most: int) -> None:
    g = b.group("sum_branches", doc="The sum of as many branches as the radix says, of equal width.", width=64)
    rest = g.input("x")
    parts = []
    for at in range(1, most):
        split = g.add(f"split{at}", "split", rest, size="=width", bypass=f"=radix <= {at}")
        # A split that is bypassed hands on the rest at both ends; only the last end may count.
        parts.append(g.add(f"branch{at}", "identity", split, mute=f"=radix <= {at}"))
        rest = split["second"]
    g.output("out", g.add("add", "add", *parts, rest))


def _bottleneck(b: Builder, pool_first: bool) -> None:
    doc = "1 × 1 convolution, split attention and 1 × 1 convolution, with a shortcut around them."
    g = b.group("bottleneck", doc=doc, width=64, stride=1, changes=False)
    pool: dict[str, Any] = {"kernel_size": 3, "stride": "=stride", "padding": 1, "bypass": "=stride == 1"}
    inner = "=max(1, int(width * base_width / 64) // radix) * radix * cardinality"
    x = g.input("x")
    y = g.add("conv1", "conv2d", x, out_channels=inner, kernel_size=1, bias=False)
    y = g.add("act1", "relu", g.add("bn1", "batch_norm", y))
    if pool_first:
        y = g.add("avd_first", "avg_pool2d", y, **pool)
    y = g.add_group("conv2", "split_attention", y, width=inner)
    if not pool_first:
        y = g.add("avd_last", "avg_pool2d", y, **pool)
    y = g.add("conv3", "conv2d", y, out_channels="=width * 4", kernel_size=1, bias=False)
    y = g.add("bn3", "batch_norm", y)
    x = g.add_group("downsample", "project", x, width="=width * 4", stride="=stride", bypass="=not changes")
    g.output("out", g.add("act3", "relu", g.add("add", "add", y, x)))
