"""Networks that multiply two branches element by element."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source("Xu Ma, Xiyang Dai, Yue Bai, Yizhou Wang, Yun Fu", "Rewrite the Stars", 2024)
TAGS = ("image", "imagenet", "mobile", "product")
SMALL = {"width": 8, "image_size": 32, "depth1": 1, "depth2": 1, "depth3": 2, "depth4": 1}


@register("design", id="starnet_s1", family="cnn", title="StarNet-S1", source=SOURCE, tags=TAGS, small=SMALL)
def starnet_s1() -> Design:
    """A network whose units multiply two linear branches, which is a sum over pairs of channels.

    For images of 224 × 224; 2,869,168 parameters for a thousand classes and 0.42 G MACs.
    """
    return _starnet("starnet_s1", starnet_s1.__doc__, 24, 4, (2, 2, 8, 3))


@register("design", id="starnet_s2", family="cnn", title="StarNet-S2", source=SOURCE, tags=TAGS, small=SMALL)
def starnet_s2() -> Design:
    """A network whose units multiply two linear branches; wider and shallower than S1.

    For images of 224 × 224; 3,682,024 parameters for a thousand classes and 0.55 G MACs.
    """
    return _starnet("starnet_s2", starnet_s2.__doc__, 32, 4, (1, 2, 6, 2))


@register("design", id="starnet_s3", family="cnn", title="StarNet-S3", source=SOURCE, tags=TAGS, small=SMALL)
def starnet_s3() -> Design:
    """A network whose units multiply two linear branches; as wide as S2 and deeper.

    For images of 224 × 224; 5,750,792 parameters for a thousand classes and 0.76 G MACs.
    """
    return _starnet("starnet_s3", starnet_s3.__doc__, 32, 4, (2, 2, 8, 4))


@register("design", id="starnet_s4", family="cnn", title="StarNet-S4", source=SOURCE, tags=TAGS, small=SMALL)
def starnet_s4() -> Design:
    """A network whose units multiply two linear branches; as wide as S3 and deeper.

    For images of 224 × 224; 7,482,728 parameters for a thousand classes and 1.07 G MACs.
    """
    return _starnet("starnet_s4", starnet_s4.__doc__, 32, 4, (3, 3, 12, 5))


def _starnet(name: str, doc: str | None, width: int, ratio: int, depths: tuple[int, int, int, int]) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 320, 32))
    b.variable("width", width, doc="Maps of the first stage; each later one has twice as many.", domain=whole(8, 64, 4))
    b.variable("ratio", ratio, doc="How many times wider the two branches are.", domain=whole(1, 6))
    doc = "How the two branches meet; `add` is what the paper compares with."
    b.variable("join", "multiply", doc=doc, domain=one_of("multiply", "add"))
    b.variable("activation", "relu6", doc="What the first branch goes through.", domain=one_of("relu6", "identity"))
    b.variable("drop_path", 0.0, doc="Share of samples that skip a unit in training.", domain=real(0, 0.3))
    star_unit(b)
    x = b.add("stem", "conv2d", x, out_channels=32, kernel_size=3, stride=2, padding=1)
    x = b.add("stem_act", "relu6", b.add("stem_bn", "batch_norm", x))
    for stage, depth in enumerate(depths, 1):
        b.variable(f"depth{stage}", depth, doc=f"Units of stage {stage}.", domain=whole(1, 16))
        maps = f"=width * {2 ** (stage - 1)}" if stage > 1 else "=width"
        x = b.add(f"down{stage}", "conv2d", x, out_channels=maps, kernel_size=3, stride=2, padding=1)
        x = b.add(f"down{stage}_bn", "batch_norm", x)
        x = b.add_group(f"stage{stage}", "star", x, repeat=f"=depth{stage}", width=maps)
    x = b.add("norm", "batch_norm", x)
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()


def star_unit(b: Builder) -> None:
    """The group `star`; it needs the variables `ratio`, `join`, `activation` and `drop_path`."""
    doc = "A 7 × 7 filter, two linear branches joined element by element, and the way back, with a shortcut."
    g = b.group("star", doc=doc, width=24)
    x = g.input("x")
    y = g.add("dwconv_bn", "batch_norm", g.add("dwconv", "depthwise_conv2d", x, kernel_size=7))
    first = g.add("f1", "conv2d", y, out_channels="=width * ratio", kernel_size=1)
    first = g.add_choice("act", "=activation", {name: {"block": name} for name in ("relu6", "identity")}, first)
    second = g.add("f2", "conv2d", y, out_channels="=width * ratio", kernel_size=1)
    joins = {name: {"block": name} for name in ("multiply", "add")}
    y = g.add_choice("join", "=join", joins, first, second, port="xs")
    y = g.add("g_bn", "batch_norm", g.add("g", "conv2d", y, out_channels="=width", kernel_size=1))
    y = g.add("dwconv2", "depthwise_conv2d", y, kernel_size=7)
    y = g.add("drop", "drop_path", y, p="=drop_path", bypass="=drop_path == 0")
    g.output("out", g.add("add", "add", x, y))
