"""Residual networks."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole
from ._residual import bottleneck, finished, imagenet_builder, plain_stem, project, stages

SOURCE = Source(
    "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun", "Deep Residual Learning for Image Recognition", 2016
)
TAGS = ("image", "imagenet", "residual")


@register("design", id="resnet18", family="cnn", title="ResNet-18", source=SOURCE, tags=TAGS)
def resnet18() -> Design:
    """A residual network of eight pairs of 3 × 3 convolutions.

    For images of 224 × 224; 11,689,512 parameters for a thousand classes. Parameters are named as in timm.
    """
    return _imagenet("resnet18", resnet18.__doc__, (2, 2, 2, 2))


@register("design", id="resnet34", family="cnn", title="ResNet-34", source=SOURCE, tags=TAGS)
def resnet34() -> Design:
    """A residual network of sixteen pairs of 3 × 3 convolutions.

    For images of 224 × 224; 21,797,672 parameters for a thousand classes. Parameters are named as in timm.
    """
    return _imagenet("resnet34", resnet34.__doc__, (3, 4, 6, 3))


@register("design", id="resnet50", family="cnn", title="ResNet-50", source=SOURCE, tags=TAGS)
def resnet50() -> Design:
    """A residual network of sixteen bottlenecks: narrow, filter, widen.

    For images of 224 × 224; 25,557,032 parameters for a thousand classes and 4.09 G MACs. The second convolution of a
    bottleneck has the stride (version 1.5 of the field). Parameters are named as in timm.
    """
    return _imagenet("resnet50", resnet50.__doc__, (3, 4, 6, 3), bottlenecks=True)


@register(
    "design", id="resnet20_cifar", family="cnn", title="ResNet-20 (CIFAR)", source=SOURCE, tags=("image", "cifar")
)
def resnet20_cifar() -> Design:
    """A small residual network: three stages of three pairs of 3 × 3 convolutions.

    For images of 32 × 32; 269,722 parameters for ten classes. Where a stage widens, the shortcut drops every second
    position and pads the channels with zeros, as in the paper; `shortcut` = `project` puts a convolution there.
    """
    b = Builder("resnet20_cifar", task="image_classification", doc=resnet20_cifar.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(16, 64, 8))
    b.variable("width", 16, doc="Maps of the first stage; each later one has twice as many.", domain=whole(4, 128, 4))
    b.variable("depth", 3, doc="Pairs of convolutions per stage: 6 x depth + 2 layers.", domain=whole(1, 18))
    b.variable("shortcut", "pad", doc="The shortcut where a stage widens.", domain=one_of("pad", "project"))
    project(b)
    pad = b.group("pad", doc="Every second position, with channels of zeros added.", width=32, stride=2)
    y = pad.add("pool", "avg_pool2d", pad.input("x"), kernel_size=1, stride="=stride")
    pad.output("out", pad.add("widen", "pad_channels", y, channels="=width"))
    either = b.group("either", doc="The shortcut that the variable asks for.", width=32, stride=2)
    params = {"width": "=width", "stride": "=stride"}
    kinds = {name: {"group": name, "params": params} for name in ("pad", "project")}
    either.output("out", either.add_choice("kind", "=shortcut", kinds, either.input("x")))
    _basic(b, "either")
    x = plain_stem(b, x, 3, 1)
    for stage in (1, 2, 3):
        x = b.add_group(
            f"layer{stage}",
            "basic",
            x,
            repeat="=depth",
            width=f"=width * {2 ** (stage - 1)}" if stage > 1 else "=width",
            stride="=2 if i == 0 else 1" if stage > 1 else 1,
            changes="=i == 0" if stage > 1 else False,
        )
    classes_output(b, b.add("global_pool", "global_avg_pool", x), "fc")
    return b.build()


def _imagenet(
    name: str,
    doc: str | None,
    depths: tuple[int, int, int, int],
    *,
    bottlenecks: bool = False,
) -> Design:
    b, x = imagenet_builder(name, doc)
    project(b)
    if bottlenecks:
        bottleneck(b, "1 × 1, 3 × 3 and 1 × 1 convolution, 4 x `width` wide at the end, with a shortcut around them.")
    else:
        _basic(b, "project")
    x = plain_stem(b, x, 7, 2)
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    x = stages(b, x, "bottleneck" if bottlenecks else "basic", depths, first_changes=bottlenecks)
    return finished(b, x)


def _basic(b: Builder, shortcut: str) -> None:
    doc = "Two 3 × 3 convolutions with a shortcut around them."
    g = b.group("basic", doc=doc, width=64, stride=1, changes=False)
    x = g.input("x")
    y = g.add("conv1", "conv2d", x, out_channels="=width", kernel_size=3, stride="=stride", padding=1, bias=False)
    y = g.add("act1", "relu", g.add("bn1", "batch_norm", y))
    y = g.add("conv2", "conv2d", y, out_channels="=width", kernel_size=3, padding=1, bias=False)
    y = g.add("bn2", "batch_norm", y)
    x = g.add_group("downsample", shortcut, x, width="=width", stride="=stride", bypass="=not changes")
    g.output("out", g.add("act2", "relu", g.add("add", "add", y, x)))
