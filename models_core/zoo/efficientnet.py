"""EfficientNets, and the TinyNets that are cut from them."""

from __future__ import annotations

from typing import Any, Literal

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, real, whole

EFFICIENTNET = Source(
    "Mingxing Tan, Quoc V. Le", "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019
)
TINYNET = Source(
    "Kai Han, Yunhe Wang, Qiulin Zhang, Wei Zhang, Chunjing Xu, Tong Zhang",
    "Model Rubik's Cube: Twisting Resolution, Depth and Width for TinyNets",
    2020,
)
TAGS = ("image", "imagenet", "mobile", "gate", "scaling")
SMALL = {"width_mult": 0.25, "depth_mult": 0.4, "image_size": 32}
STAGES = ((24, 2, 3, 2), (40, 2, 5, 2), (80, 3, 3, 2), (112, 3, 5, 1), (192, 4, 5, 2), (320, 1, 3, 1))
"""Channels, units, kernel and stride of stages 1 to 6 at multipliers of 1; stage 0 is the one that does not widen."""


@register(
    "design",
    id="efficientnet_b0",
    family="cnn",
    title="EfficientNet-B0",
    source=EFFICIENTNET,
    tags=TAGS,
    small=SMALL,
)
def efficientnet_b0() -> Design:
    """A network of inverted bottlenecks with gates, found by a search.

    For images of 224 × 224; 5,288,548 parameters for a thousand classes and 0.39 G MACs.
    """
    return _scaled("efficientnet_b0", efficientnet_b0.__doc__, 224, 1.0, 1.0, "up")


@register(
    "design",
    id="efficientnet_b1",
    family="cnn",
    title="EfficientNet-B1",
    source=EFFICIENTNET,
    tags=TAGS,
    small=SMALL,
)
def efficientnet_b1() -> Design:
    """EfficientNet-B0 scaled by one rule: 1.0 x as wide, 1.1 x as deep, on larger images.

    For images of 240 × 240; 7,794,184 parameters for a thousand classes and 0.69 G MACs.
    """
    return _scaled("efficientnet_b1", efficientnet_b1.__doc__, 240, 1.0, 1.1, "up")


@register(
    "design",
    id="efficientnet_b2",
    family="cnn",
    title="EfficientNet-B2",
    source=EFFICIENTNET,
    tags=TAGS,
    small=SMALL,
)
def efficientnet_b2() -> Design:
    """EfficientNet-B0 scaled by one rule: 1.1 x as wide, 1.2 x as deep, on larger images.

    For images of 260 × 260; 9,109,994 parameters for a thousand classes and 1.0 G MACs.
    """
    return _scaled("efficientnet_b2", efficientnet_b2.__doc__, 260, 1.1, 1.2, "up")


@register(
    "design",
    id="efficientnet_b3",
    family="cnn",
    title="EfficientNet-B3",
    source=EFFICIENTNET,
    tags=TAGS,
    small=SMALL,
)
def efficientnet_b3() -> Design:
    """EfficientNet-B0 scaled by one rule: 1.2 x as wide, 1.4 x as deep, on larger images.

    For images of 300 × 300; 12,233,232 parameters for a thousand classes and 1.8 G MACs.
    """
    return _scaled("efficientnet_b3", efficientnet_b3.__doc__, 300, 1.2, 1.4, "up")


@register("design", id="tinynet_a", family="cnn", title="TinyNet-A", source=TINYNET, tags=TAGS, small=SMALL)
def tinynet_a() -> Design:
    """EfficientNet-B0 made deeper and given smaller images, for 339 M MACs.

    For images of 192 × 192; 6,187,972 parameters for a thousand classes.
    """
    return _scaled("tinynet_a", tinynet_a.__doc__, 192, 1.0, 1.2, "round")


@register("design", id="tinynet_b", family="cnn", title="TinyNet-B", source=TINYNET, tags=TAGS, small=SMALL)
def tinynet_b() -> Design:
    """EfficientNet-B0 cut to 202 M MACs: smaller images before narrower or shallower stages.

    For images of 188 × 188; 3,730,562 parameters for a thousand classes.
    """
    return _scaled("tinynet_b", tinynet_b.__doc__, 188, 0.75, 1.1, "round")


@register("design", id="tinynet_c", family="cnn", title="TinyNet-C", source=TINYNET, tags=TAGS, small=SMALL)
def tinynet_c() -> Design:
    """EfficientNet-B0 cut to 100 M MACs: smaller images before narrower or shallower stages.

    For images of 184 × 184; 2,457,234 parameters for a thousand classes.
    """
    return _scaled("tinynet_c", tinynet_c.__doc__, 184, 0.54, 0.85, "round")


@register("design", id="tinynet_d", family="cnn", title="TinyNet-D", source=TINYNET, tags=TAGS, small=SMALL)
def tinynet_d() -> Design:
    """EfficientNet-B0 cut to 52 M MACs: smaller images before narrower or shallower stages.

    For images of 152 × 152; 2,338,446 parameters for a thousand classes.
    """
    return _scaled("tinynet_d", tinynet_d.__doc__, 152, 0.54, 0.695, "round")


@register("design", id="tinynet_e", family="cnn", title="TinyNet-E", source=TINYNET, tags=TAGS, small=SMALL)
def tinynet_e() -> Design:
    """EfficientNet-B0 cut to 24 M MACs: smaller images before narrower or shallower stages.

    For images of 106 × 106; 2,042,972 parameters for a thousand classes.
    """
    return _scaled("tinynet_e", tinynet_e.__doc__, 106, 0.51, 0.6, "round")


def _scaled(
    name: str, doc: str | None, size: int, width: float, depth: float, rounding: Literal["up", "round"]
) -> Design:
    """`rounding` says how a scaled number of units becomes whole; TinyNets leave the stem and the head as they are."""
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, size, channels=3, classes=1000, domain=whole(32, 600, 1))
    b.variable("width_mult", width, doc="Factor of every stage's width.", domain=real(0.25, 2.0))
    b.variable("depth_mult", depth, doc="Factor of every stage's number of units.", domain=real(0.4, 3.0))
    b.variable("dropout", 0.2, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    gated_units(b)
    scaled = rounding == "up"
    stem: dict[str, Any] = {
        "out_channels": f"={_rounded(32)}" if scaled else 32,
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
    }
    x = b.add("conv_stem", "conv2d", x, bias=False, **stem)
    x = b.add("act1", "silu", b.add("bn1", "batch_norm", x))
    x = b.add_group(
        "stage0",
        "separable",
        x,
        repeat=_units(1, rounding),
        width=f"={_rounded(16)}",
        hidden=f"=max(1, round(({_rounded(32) if scaled else 32} if i == 0 else {_rounded(16)}) / 4))",
        residual="=i > 0",
    )
    before = 16
    for stage, (channels, units, kernel, stride) in enumerate(STAGES, 1):
        narrow = f"({_rounded(before)} if i == 0 else {_rounded(channels)})"
        x = b.add_group(
            f"stage{stage}",
            "inverted",
            x,
            repeat=_units(units, rounding),
            inner=f"={narrow} * 6",
            hidden=f"=max(1, round({narrow} / 4))",
            width=f"={_rounded(channels)}",
            kernel=kernel,
            stride=f"={stride} if i == 0 else 1" if stride > 1 else 1,
            residual="=i > 0",
        )
        before = channels
    last = f"={_rounded(1280)}" if scaled else f"=max(1280, {_rounded(1280)})"
    x = b.add("conv_head", "conv2d", x, out_channels=last, kernel_size=1, bias=False)
    x = b.add("act2", "silu", b.add("bn2", "batch_norm", x))
    x = b.add("global_pool", "global_avg_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "classifier")
    return b.build()


def _rounded(channels: int) -> str:
    """Channels times the multiplier, to the nearest multiple of 8 that is not more than a tenth below."""
    exact = f"{channels} * width_mult"
    near = f"max(8, int({exact} + 4) // 8 * 8)"
    return f"({near} if {near} >= 0.9 * {exact} else {near} + 8)"


def _units(units: int, rounding: Literal["up", "round"]) -> str:
    exact = f"{units} * depth_mult"
    return f"=ceil({exact})" if rounding == "up" else f"=max(1, round({exact}))"


def gated_units(b: Builder) -> None:
    """The groups `separable`, which does not widen, and `inverted`, both with a gate for each channel."""
    doc = "A filter for each channel, a gate, and a 1 × 1 convolution without activation."
    g = b.group("separable", doc=doc, width=16, hidden=8, residual=False)
    x = g.input("x")
    y = g.add("conv_dw", "depthwise_conv2d", x, kernel_size=3, padding=1, bias=False)
    y = g.add("act1", "silu", g.add("bn1", "batch_norm", y))
    y = g.add("se", "squeeze_excite", y, hidden_channels="=hidden", activation="silu")
    y = g.add("conv_pw", "conv2d", y, out_channels="=width", kernel_size=1, bias=False)
    y = g.add("bn2", "batch_norm", y)
    g.output("out", g.add("add", "add", y, x, bypass="=not residual"))
    doc = "Widen to `inner` channels, filter each by itself, weigh them, narrow to `width`; a shortcut where it fits."
    g = b.group("inverted", doc=doc, inner=96, hidden=4, width=24, kernel=3, stride=1, residual=False)
    x = g.input("x")
    y = g.add("conv_pw", "conv2d", x, out_channels="=inner", kernel_size=1, bias=False)
    y = g.add("act1", "silu", g.add("bn1", "batch_norm", y))
    y = g.add("conv_dw", "depthwise_conv2d", y, kernel_size="=kernel", stride="=stride", bias=False)
    y = g.add("act2", "silu", g.add("bn2", "batch_norm", y))
    y = g.add("se", "squeeze_excite", y, hidden_channels="=hidden", activation="silu")
    y = g.add("conv_pwl", "conv2d", y, out_channels="=width", kernel_size=1, bias=False)
    y = g.add("bn3", "batch_norm", y)
    g.output("out", g.add("add", "add", y, x, bypass="=not residual"))
