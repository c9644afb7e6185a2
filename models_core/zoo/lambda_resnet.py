"""Residual networks with lambda layers."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole

SOURCE = Source("Irwan Bello", "LambdaNetworks: Modeling Long-Range Interactions Without Attention", 2021)
SMALL = {"width": 16, "depth1": 1, "depth2": 1, "depth3": 2, "depth4": 1, "key_dim": 4, "reach": 3}


@register(
    "design",
    id="lambda_resnet26t",
    family="cnn",
    title="LambdaResNet-26",
    source=SOURCE,
    tags=("image", "imagenet", "long range"),
    small=SMALL,
)
def lambda_resnet26t() -> Design:
    """A residual network of bottlenecks whose later ones have lambda layers in place of 3 × 3 convolutions.

    For images of 256 × 256; 10,958,272 parameters for a thousand classes and 3.0 G MACs: timm's variant.
    """
    return _lambda("lambda_resnet26t", lambda_resnet26t.__doc__, (2, 2, 2, 2), ("none", "none", "odd", "all"), reach=9)


@register(
    "design",
    id="lambda_resnet50",
    family="cnn",
    title="LambdaResNet-50",
    source=SOURCE,
    tags=("image", "imagenet", "long range"),
    small=SMALL,
)
def lambda_resnet50() -> Design:
    """ResNet-50 with a lambda layer in place of the 3 × 3 convolution of every bottleneck.

    For images of 224 × 224; about 15 M parameters for a thousand classes, where ResNet-50 has 25.6 M.
    """
    return _lambda("lambda_resnet50", lambda_resnet50.__doc__, (3, 4, 6, 3), ("all",) * 4, reach=23, tiered=False)


def _lambda(
    name: str,
    doc: str | None,
    depths: tuple[int, int, int, int],
    where: tuple[str, str, str, str],
    *,
    reach: int,
    tiered: bool = True,
) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 256 if tiered else 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", 64, doc="Maps of the first stage; each later one has twice as many.", domain=whole(16, 192, 16))
    b.variable("heads", 4, doc="Queries of each position in a lambda layer.", domain=one_of(1, 2, 4, 8))
    b.variable("key_dim", 16, doc="Features of queries and keys.", domain=one_of(4, 8, 16, 32))
    b.variable("reach", reach, doc="Size of the window in which places matter.", domain=whole(3, 31, 2))
    _unit(b)
    if tiered:
        for at, (share, stride) in enumerate((("width * 3 // 8", 2), ("width // 2", 1), ("width", 1)), 1):
            x = b.add_group(f"stem{at}", "filter", x, width=f"={share}", kernel=3, stride=stride)
    else:
        x = b.add_group("stem", "filter", x, width="=width", kernel=7, stride=2)
    x = b.add("pool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    for stage, (depth, which) in enumerate(zip(depths, where, strict=True), 1):
        b.variable(f"depth{stage}", depth, doc=f"Bottlenecks of stage {stage}.", domain=whole(1, 24))
        b.variable(
            f"lambda{stage}",
            which,
            doc=f"Which bottlenecks of stage {stage} have lambda layers: none, every second, all.",
            domain=one_of("none", "odd", "all"),
        )
        x = b.add_group(
            f"stage{stage}",
            "bottleneck",
            x,
            repeat=f"=depth{stage}",
            width=f"=width * {2 ** (stage - 1)}",
            stride="=2 if i == 0 else 1" if stage > 1 else 1,
            changes="=i == 0",
            far=f"=lambda{stage} == 'all' or (lambda{stage} == 'odd' and i % 2 == 1)",
        )
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()


def _norm_act(g: GroupBuilder, x: Handle) -> Handle:
    return g.add("act", "relu", g.add("bn", "batch_norm", x))


def _unit(b: Builder) -> None:
    sizes: dict[str, Any] = {"out_channels": "=width", "bias": False}
    g = b.group("filter", doc="Convolution, batch norm, relu.", width=64, kernel=3, stride=1)
    g.output(
        "out", _norm_act(g, g.add("conv", "conv2d", g.input("x"), kernel_size="=kernel", stride="=stride", **sizes))
    )
    g = b.group("linear", doc="A 1 × 1 convolution and a batch norm.", width=64, stride=1)
    y = g.add("conv", "conv2d", g.input("x"), kernel_size=1, stride="=stride", **sizes)
    g.output("out", g.add("bn", "batch_norm", y))
    g = b.group(
        "far", doc="A lambda layer, averaged over 2 × 2 where it strides; batch norm, relu.", width=64, stride=1
    )
    y = g.add("mix", "lambda2d", g.input("x"), heads="=heads", key_dim="=key_dim", reach="=reach")
    y = g.add("pool", "avg_pool2d", y, kernel_size=2, stride=2, bypass="=stride == 1")
    g.output("out", _norm_act(g, y))
    g = b.group("bottleneck", doc="Narrow, look around by a convolution or a lambda layer, widen; with a shortcut.",
                width=64, stride=1, changes=False, far=False)  # fmt: skip
    x = g.input("x")
    y = g.add_group("conv1", "filter", x, width="=width", kernel=1)
    params = {"width": "=width", "stride": "=stride"}
    looks = {name: {"group": name, "params": params} for name in ("filter", "far")}
    y = g.add_choice("conv2", "='far' if far else 'filter'", looks, y)
    y = g.add_group("conv3", "linear", y, width="=width * 4")
    x = g.add_group("shortcut", "linear", x, width="=width * 4", stride="=stride", bypass="=not changes")
    g.output("out", g.add("act", "relu", g.add("add", "add", y, x)))
