"""Networks for phones."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, real, whole

STAGES = ((6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, repeats and stride of stages 1 to 6; stage 0 is the one that does not expand."""


def _rounded(channels: int) -> str:
    """Channels times the multiplier, to the nearest multiple of 8 that is not more than a tenth below."""
    exact = f"{channels} * width_mult"
    near = f"max(8, int({exact} + 4) // 8 * 8)"
    return f"({near} if {near} >= 0.9 * {exact} else {near} + 8)"


@register(
    "design",
    id="mobilenetv2_100",
    family="cnn",
    title="MobileNetV2",
    tags=("image", "imagenet", "mobile"),
    source=Source(
        "Mark Sandler, Andrew Howard, Menglong Zhu, Andrey Zhmoginov, Liang-Chieh Chen",
        "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        2018,
    ),
)
def mobilenetv2_100() -> Design:
    """A network of inverted residuals: widen, filter each channel by itself, narrow without an activation.

    For images of 224 × 224; 3,504,872 parameters for a thousand classes and 0.30 G MACs. Parameters are named as in
    timm, with `stage1` for `blocks.1`.
    """
    b = Builder("mobilenetv2_100", task="image_classification", doc=mobilenetv2_100.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 320, 32))
    b.variable("width_mult", 1.0, doc="Factor of every stage's width.", domain=real(0.35, 2.0))
    b.variable("dropout", 0.2, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    _separable(b)
    _inverted(b)
    x = b.add("conv_stem", "conv2d", x, out_channels=f"={_rounded(32)}", kernel_size=3, stride=2, padding=1, bias=False)
    x = b.add("act1", "relu6", b.add("bn1", "batch_norm", x))
    x = b.add_group("stage0", "separable", x, repeat=1, width=f"={_rounded(16)}")
    before = 16
    for stage, (ratio, channels, depth, stride) in enumerate(STAGES, 1):
        b.variable(f"depth{stage}", depth, doc=f"Units of stage {stage}.", domain=whole(1, 8))
        width = _rounded(channels)
        x = b.add_group(
            f"stage{stage}",
            "inverted",
            x,
            repeat=f"=depth{stage}",
            inner=f"=({_rounded(before)} if i == 0 else {width}) * {ratio}",
            width=f"={width}",
            stride=f"={stride} if i == 0 else 1" if stride > 1 else 1,
            residual="=i > 0",
        )
        before = channels
    head = f"=max(1280, {_rounded(1280)})"
    x = b.add("conv_head", "conv2d", x, out_channels=head, kernel_size=1, bias=False)
    x = b.add("act2", "relu6", b.add("bn2", "batch_norm", x))
    x = b.add("global_pool", "global_avg_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "classifier")
    return b.build()


def _separable(b: Builder) -> None:
    g = b.group("separable", doc="A filter for each channel, then a 1 × 1 convolution without activation.", width=16)
    x = g.add("conv_dw", "depthwise_conv2d", g.input("x"), kernel_size=3, padding=1, bias=False)
    x = g.add("act1", "relu6", g.add("bn1", "batch_norm", x))
    x = g.add("conv_pw", "conv2d", x, out_channels="=width", kernel_size=1, bias=False)
    g.output("out", g.add("bn2", "batch_norm", x))


def _inverted(b: Builder) -> None:
    doc = "Widen to `inner` channels, filter each by itself, narrow to `width`; a shortcut where the shape stays."
    g = b.group("inverted", doc=doc, inner=96, width=24, stride=1, residual=False)
    x = g.input("x")
    y = g.add("conv_pw", "conv2d", x, out_channels="=inner", kernel_size=1, bias=False)
    y = g.add("act1", "relu6", g.add("bn1", "batch_norm", y))
    y = g.add("conv_dw", "depthwise_conv2d", y, kernel_size=3, stride="=stride", padding=1, bias=False)
    y = g.add("act2", "relu6", g.add("bn2", "batch_norm", y))
    y = g.add("conv_pwl", "conv2d", y, out_channels="=width", kernel_size=1, bias=False)
    y = g.add("bn3", "batch_norm", y)
    g.output("out", g.add("add", "add", y, x, bypass="=not residual"))
