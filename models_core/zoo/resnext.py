"""Residual networks whose filters work in groups."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole
from ._residual import Part, batch_norm1, finished, imagenet_builder, plain_stem, project, stages

SOURCE = Source(
    "Saining Xie, Ross Girshick, Piotr Dollár, Zhuowen Tu, Kaiming He",
    "Aggregated Residual Transformations for Deep Neural Networks",
    2017,
)
TAGS = ("image", "residual", "groups", "cardinality")
SMALL = {"width": 16, "image_size": 32, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}
COST = 32 * 4 * (2 * 256 + 9 * 4)
"""Weights of a first bottleneck with 32 groups of 4 channels: from 256 to 128, in groups, and back."""


@register(
    "design", id="resnext50_32x4d", family="cnn", title="ResNeXt-50 32x4d", source=SOURCE, tags=(*TAGS, "imagenet")
)
def resnext50_32x4d() -> Design:
    """ResNet-50 with bottlenecks whose filters work in 32 groups of 4 channels.

    For images of 224 × 224; 25,028,904 parameters for a thousand classes. Parameters are named as in timm. Groups may
    be fewer or more: the channels of each follow, so that a bottleneck costs the same.
    """
    return _imagenet("resnext50_32x4d", resnext50_32x4d.__doc__, (3, 4, 6, 3))


@register(
    "design",
    id="resnext101_32x4d",
    family="cnn",
    title="ResNeXt-101 32x4d",
    source=SOURCE,
    tags=(*TAGS, "imagenet"),
    small=SMALL,
)
def resnext101_32x4d() -> Design:
    """ResNet-101 with bottlenecks whose filters work in 32 groups of 4 channels.

    For images of 224 × 224; 44,177,704 parameters for a thousand classes and 8.0 G MACs. Groups may be fewer or more:
    the channels of each follow, so that a bottleneck costs the same.
    """
    return _imagenet("resnext101_32x4d", resnext101_32x4d.__doc__, (3, 4, 23, 3))


@register(
    "design",
    id="resnext29_8x64d",
    family="cnn",
    title="ResNeXt-29 8x64d (CIFAR)",
    source=SOURCE,
    tags=(*TAGS, "cifar"),
    small={"width": 16, "depth1": 1, "depth2": 1, "depth3": 1},
)
def resnext29_8x64d() -> Design:
    """Three stages of three bottlenecks whose filters work in 8 groups of 64 channels.

    For images of 32 × 32; 34,426,698 parameters for ten classes.
    """
    b = Builder("resnext29_8x64d", task="image_classification", doc=resnext29_8x64d.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(16, 64, 8))
    b.variable("width", 64, doc="Maps of the first stage inside; each later one has twice as many.",
               domain=whole(16, 128, 16))  # fmt: skip
    cardinality(b, 8)
    b.variable("group_width", 64, doc="Channels of a group in the first stage.", domain=whole(1, 64))
    project(b)
    grouped_bottleneck(b)
    x = plain_stem(b, x, 3, 1)
    x = stages(b, x, "bottleneck", (3, 3, 3), first_changes=True)
    classes_output(b, b.add("global_pool", "global_avg_pool", x), "fc")
    return b.build()


def _imagenet(name: str, doc: str | None, depths: tuple[int, int, int, int]) -> Design:
    b, x = imagenet_builder(name, doc)
    groups_at_equal_cost(b, 32)
    project(b)
    grouped_bottleneck(b)
    x = plain_stem(b, x, 7, 2)
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    return finished(b, stages(b, x, "bottleneck", depths, first_changes=True))


def cardinality(b: Builder, groups: int) -> None:
    """The variable `groups`."""
    b.variable("groups", groups, doc="Groups of each filter: the cardinality.", domain=one_of(1, 2, 4, 8, 16, 32, 64))


def groups_at_equal_cost(b: Builder, groups: int) -> None:
    """The variables `groups` and `group_width`, which follows it so that a bottleneck costs the same."""
    cardinality(b, groups)
    # Of groups × d channels the weights are groups × d (512 + 9 d); that is COST where d solves the quadratic.
    solved = f"=max(1, round((((256 * groups) ** 2 + {9 * COST} * groups) ** 0.5 - 256 * groups) / (9 * groups)))"
    b.variable("group_width", solved, doc="Channels of a group in the first stage.")


def grouped_bottleneck(b: Builder, *, id: str = "bottleneck", norm1: Part = batch_norm1) -> None:
    """A group; it needs the group `project` and the variables `groups` and `group_width`."""
    doc = "1 × 1, grouped 3 × 3 and 1 × 1 convolution, 4 x `width` wide at the end, with a shortcut around them."
    g = b.group(id, doc=doc, width=64, stride=1, changes=False)
    inner = "=max(1, width * group_width // 64) * groups"
    x = g.input("x")
    y = g.add("conv1", "conv2d", x, out_channels=inner, kernel_size=1, bias=False)
    y = g.add("act1", "relu", norm1(g, y))
    y = g.add(
        "conv2", "conv2d", y, out_channels=inner, kernel_size=3, stride="=stride", padding=1, groups="=groups",
        bias=False,
    )  # fmt: skip
    y = g.add("act2", "relu", g.add("bn2", "batch_norm", y))
    y = g.add("conv3", "conv2d", y, out_channels="=width * 4", kernel_size=1, bias=False)
    y = g.add("bn3", "batch_norm", y)
    x = g.add_group("downsample", "project", x, width="=width * 4", stride="=stride", bypass="=not changes")
    g.output("out", g.add("act3", "relu", g.add("add", "add", y, x)))
