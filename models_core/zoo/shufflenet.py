"""Networks that shuffle channels instead of mixing all of them."""

from __future__ import annotations

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, whole

SOURCE = Source(
    "Ningning Ma, Xiangyu Zhang, Hai-Tao Zheng, Jian Sun",
    "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design",
    2018,
)
TAGS = ("image", "imagenet", "mobile", "shuffle")
SMALL = {"width": 16, "last": 64, "depth2": 1, "image_size": 32}


@register(
    "design", id="shufflenet_v2_x0_5", family="cnn", title="ShuffleNet V2 0.5x", source=SOURCE, tags=TAGS, small=SMALL
)
def shufflenet_v2_x0_5() -> Design:
    """ShuffleNet V2 at half the width: each unit works on half of its channels and shuffles them with the other half.

    For images of 224 × 224; 1,366,792 parameters for a thousand classes and 41 M MACs.
    """
    return _shufflenet("shufflenet_v2_x0_5", shufflenet_v2_x0_5.__doc__, 48)


@register(
    "design", id="shufflenet_v2_x1_0", family="cnn", title="ShuffleNet V2 1.0x", source=SOURCE, tags=TAGS, small=SMALL
)
def shufflenet_v2_x1_0() -> Design:
    """A network for phones whose units work on half of the channels and shuffle them with the other half.

    For images of 224 × 224; 2,278,604 parameters for a thousand classes and 146 M MACs. The 1.5x form has `width` 176,
    the 2.0x form `width` 244 and `last` 2048.
    """
    return _shufflenet("shufflenet_v2_x1_0", shufflenet_v2_x1_0.__doc__, 116)


def _shufflenet(name: str, doc: str | None, width: int) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 320, 32))
    b.variable(
        "width", width, doc="Maps of the first stage; each later one has twice as many.", domain=whole(8, 400, 4)
    )
    b.variable("last", 1024, doc="Maps of the last convolution.", domain=whole(64, 2048, 64))
    shuffle_units(b)
    x = b.add("conv1", "conv2d", x, out_channels=24, kernel_size=3, stride=2, padding=1, bias=False)
    x = b.add("act1", "relu", b.add("bn1", "batch_norm", x))
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    for stage, depth in ((2, 3), (3, 7), (4, 3)):
        b.variable(f"depth{stage}", depth, doc=f"Units of stage {stage} besides its first.", domain=whole(1, 16))
        maps = f"=width * {2 ** (stage - 2)}" if stage > 2 else "=width"
        x = b.add_group(f"stage{stage}_shrink", "shrink", x, width=maps)
        x = b.add_group(f"stage{stage}", "unit", x, repeat=f"=depth{stage}", width=maps)
    x = b.add("conv5", "conv2d", x, out_channels="=last", kernel_size=1, bias=False)
    x = b.add("act5", "relu", b.add("bn5", "batch_norm", x))
    classes_output(b, b.add("global_pool", "global_avg_pool", x), "fc")
    return b.build()


def shuffle_units(b: Builder) -> None:
    """The groups `unit`, which keeps the shape, and `shrink`, which halves the size."""
    doc = "Half of the channels pass; the other half is filtered; both are shuffled."
    g = b.group("unit", doc=doc, width=116)
    halves = g.add("split", "split", g.input("x"))
    y = _filtered(g, halves["second"], 1)
    g.output("out", g.add("shuffle", "channel_shuffle", g.add("concat", "concat", halves, y), groups=2))
    doc = "Both branches see all channels, halve the size, and give half of the width each."
    g = b.group("shrink", doc=doc, width=116)
    x = g.input("x")
    passed = g.add("pass_dw", "depthwise_conv2d", x, kernel_size=3, stride=2, padding=1, bias=False)
    passed = g.add("pass_bn1", "batch_norm", passed)
    passed = g.add("pass_pw", "conv2d", passed, out_channels="=width // 2", kernel_size=1, bias=False)
    passed = g.add("pass_act", "relu", g.add("pass_bn2", "batch_norm", passed))
    y = _filtered(g, x, 2)
    g.output("out", g.add("shuffle", "channel_shuffle", g.add("concat", "concat", passed, y), groups=2))


def _filtered(g: GroupBuilder, x: Handle, stride: int) -> Handle:
    y = g.add("conv_pw1", "conv2d", x, out_channels="=width // 2", kernel_size=1, bias=False)
    y = g.add("act1", "relu", g.add("bn1", "batch_norm", y))
    y = g.add("conv_dw", "depthwise_conv2d", y, kernel_size=3, stride=stride, padding=1, bias=False)
    y = g.add("bn2", "batch_norm", y)
    y = g.add("conv_pw2", "conv2d", y, out_channels="=width // 2", kernel_size=1, bias=False)
    return g.add("act2", "relu", g.add("bn3", "batch_norm", y))
