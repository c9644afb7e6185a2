"""Residual networks that forget the look of an image in part: instance norm beside batch norm."""

from __future__ import annotations

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import real
from ._residual import bottleneck, finished, imagenet_builder, plain_stem, project, stages
from .resnext import grouped_bottleneck, groups_at_equal_cost

SOURCE = Source(
    "Xingang Pan, Ping Luo, Jianping Shi, Xiaoou Tang",
    "Two at Once: Enhancing Learning and Generalization Capacities via IBN-Net",
    2018,
)
TAGS = ("image", "imagenet", "residual", "norm", "generalization", "style")
SMALL = {"width": 16, "image_size": 32, "depth1": 2, "depth2": 1, "depth3": 1, "depth4": 1}


@register("design", id="resnet50_ibn_a", family="cnn", title="ResNet-50-IBN-a", source=SOURCE, tags=TAGS, small=SMALL)
def resnet50_ibn_a() -> Design:
    """ResNet-50 whose first three stages norm one half of a unit's channels by image, the other by batch.

    For images of 224 × 224; 25,557,032 parameters for a thousand classes and 4.1 G MACs, as ResNet-50.
    """
    b, x = imagenet_builder("resnet50_ibn_a", resnet50_ibn_a.__doc__)
    _share(b)
    project(b)
    split_norm(b)
    bottleneck(b, "A bottleneck whose first norm works by image and by batch.", id="ibn_bottleneck", norm1=_split_norm)
    bottleneck(b, "1 × 1, 3 × 3 and 1 × 1 convolution with a shortcut around them.")
    return _with_units(b, x, ["ibn_bottleneck"] * 3 + ["bottleneck"])


@register("design", id="resnet50_ibn_b", family="cnn", title="ResNet-50-IBN-b", source=SOURCE, tags=TAGS, small=SMALL)
def resnet50_ibn_b() -> Design:
    """ResNet-50 with instance norm in place of the first batch norm and after the last sum of the first two stages.

    For images of 224 × 224; 25,558,568 parameters for a thousand classes and 4.1 G MACs.
    """
    b, x = imagenet_builder("resnet50_ibn_b", resnet50_ibn_b.__doc__)
    project(b)
    doc = "A bottleneck; the last of its stage is normed by image after the sum."
    bottleneck(b, doc, id="ibn_bottleneck", end=_instance_norm, last=False)
    bottleneck(b, "1 × 1, 3 × 3 and 1 × 1 convolution with a shortcut around them.")
    x = b.add("conv1", "conv2d", x, out_channels="=width", kernel_size=7, stride=2, padding=3, bias=False)
    x = b.add("act1", "relu", b.add("in1", "instance_norm", x, affine=True))
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    units = ["ibn_bottleneck"] * 2 + ["bottleneck"] * 2
    x = stages(b, x, units, (3, 4, 6, 3), first_changes=True, params=_last)
    return finished(b, x)


@register(
    "design",
    id="resnext50_32x4d_ibn_a",
    family="cnn",
    title="ResNeXt-50-IBN-a 32x4d",
    source=SOURCE,
    tags=TAGS,
    small=SMALL,
)
def resnext50_32x4d_ibn_a() -> Design:
    """ResNeXt-50 whose first three stages norm one half of a unit's channels by image, the other by batch.

    For images of 224 × 224; 25,028,904 parameters for a thousand classes and 4.2 G MACs, as ResNeXt-50.
    """
    b, x = imagenet_builder("resnext50_32x4d_ibn_a", resnext50_32x4d_ibn_a.__doc__)
    _share(b)
    groups_at_equal_cost(b, 32)
    project(b)
    split_norm(b)
    inner = "=max(1, width * group_width // 64) * groups"
    grouped_bottleneck(b, id="ibn_bottleneck", norm1=lambda g, y: g.add_group("bn1", "ibn", y, width=inner))
    grouped_bottleneck(b)
    return _with_units(b, x, ["ibn_bottleneck"] * 3 + ["bottleneck"])


@register(
    "design",
    id="se_resnet50_ibn_a",
    family="cnn",
    title="SE-ResNet-50-IBN-a",
    source=SOURCE,
    tags=(*TAGS, "gate"),
    small=SMALL,
)
def se_resnet50_ibn_a() -> Design:
    """SE-ResNet-50 whose first three stages norm one half of a unit's channels by image, the other by batch.

    For images of 224 × 224; 28,088,024 parameters for a thousand classes and 4.1 G MACs, as SE-ResNet-50.
    """
    b, x = imagenet_builder("se_resnet50_ibn_a", se_resnet50_ibn_a.__doc__)
    _share(b)
    project(b)
    split_norm(b)
    doc = "A bottleneck whose first norm works by image and by batch, and whose result is weighed by channel."
    bottleneck(b, doc, id="ibn_bottleneck", norm1=_split_norm, branch_end=_gate)
    bottleneck(b, "A bottleneck whose result is weighed by channel before the sum.", branch_end=_gate)
    return _with_units(b, x, ["ibn_bottleneck"] * 3 + ["bottleneck"])


def _share(b: Builder) -> None:
    b.variable("share", 0.5, doc="Share of the channels that are normed by image.", domain=real(0.25, 0.75))


def _with_units(b: Builder, x: Handle, units: list[str]) -> Design:
    x = plain_stem(b, x, 7, 2)
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    return finished(b, stages(b, x, units, (3, 4, 6, 3), first_changes=True))


def split_norm(b: Builder) -> None:
    """The group `ibn`; it needs the variable `share`."""
    g = b.group("ibn", doc="Instance norm on the first channels, batch norm on the others.", width=64)
    parts = g.add("split", "split", g.input("x"), size="=max(1, int(width * share))")
    by_image = g.add("IN", "instance_norm", parts, affine=True)
    g.output("out", g.add("concat", "concat", by_image, g.add("BN", "batch_norm", parts["second"])))


def _split_norm(g: GroupBuilder, y: Handle) -> Handle:
    return g.add_group("bn1", "ibn", y, width="=width")


def _gate(g: GroupBuilder, y: Handle) -> Handle:
    return g.add("se", "squeeze_excite", y, reduction=16)


def _instance_norm(g: GroupBuilder, y: Handle) -> Handle:
    return g.add("IN", "instance_norm", y, affine=True, bypass="=not last")


def _last(stage: int) -> dict[str, str]:
    return {"last": "=i == n - 1"} if stage < 3 else {}
