"""EdgeNeXt."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import image_input, one_of, real, whole

SOURCE = Source(
    "Muhammad Maaz, Abdelrahman Shaker, Hisham Cholakkal, Salman Khan and others",
    "EdgeNeXt: Efficiently Amalgamated CNN-Transformer Architecture for Mobile Vision Applications",
    2022,
)
TAGS = ("image", "imagenet", "mobile")
SMALL = {"width1": 16, "width2": 24, "width3": 32, "width4": 48, "depth3": 2, "image_size": 64}


@register("design", id="edgenext_xx_small", family="cnn", title="EdgeNeXt-XXS", source=SOURCE, tags=TAGS, small=SMALL)
def edgenext_xx_small() -> Design:
    """Depthwise filters that grow from stage to stage, each stage ended by attention between channels.

    For images of 256 × 256; 1,327,216 parameters for a thousand classes and 0.26 G MACs.
    """
    return _edgenext("edgenext_xx_small", edgenext_xx_small.__doc__, (24, 48, 88, 168), (2, 2, 6, 2), heads=4)


@register("design", id="edgenext_small", family="cnn", title="EdgeNeXt-S", source=SOURCE, tags=TAGS, small=SMALL)
def edgenext_small() -> Design:
    """Depthwise filters that grow from stage to stage, each stage ended by attention between channels.

    For images of 256 × 256; 5,586,832 parameters for a thousand classes and 1.25 G MACs.
    """
    return _edgenext("edgenext_small", edgenext_small.__doc__, (48, 96, 160, 304), (3, 3, 9, 3), heads=8)


def _edgenext(
    name: str, doc: str | None, widths: tuple[int, int, int, int], depths: tuple[int, int, int, int], *, heads: int
) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 256, channels=3, classes=1000, domain=whole(64, 384, 32))
    b.variable("heads", heads, doc="Heads of the attention between channels.", domain=one_of(1, 2, 4, 8))
    b.variable("ratio", 4, doc="How many times wider the MLPs are inside.", domain=one_of(2, 3, 4))
    b.variable("scale", 1e-6, doc="Weight of every branch at the start.", domain=real(1e-6, 1))
    _mixer(b)
    _filter(b)
    for scales in (2, 3, 4):
        _split(b, scales)
    for stage, (width, depth, kernel) in enumerate(zip(widths, depths, (3, 5, 7, 9), strict=True), 1):
        b.variable(f"width{stage}", width, doc=f"Channels of stage {stage}.", domain=whole(16, 320, 8))
        b.variable(f"depth{stage}", depth, doc=f"Blocks of stage {stage}.", domain=whole(2, 12))
        wide = f"=width{stage}"
        if stage == 1:
            x = b.add("stem", "conv2d", x, out_channels=wide, kernel_size=4, stride=4, padding=0)
            x = b.add("stem_norm", "layer_norm2d", x)
        else:
            x = b.add(f"norm{stage}", "layer_norm2d", x)
            x = b.add(f"down{stage}", "conv2d", x, out_channels=wide, kernel_size=2, stride=2, padding=0)
        count = f"=depth{stage}" if stage == 1 else f"=depth{stage} - 1"
        x = b.add_group(f"stage{stage}", "filter", x, repeat=count, kernel=kernel)
        if stage > 1:
            scales = stage
            side = f"=image_size // {2 ** (stage + 1)}"
            x = b.add_group(f"far{stage}", f"split{scales}", x, width=wide, side=side, places=stage == 2)
    x = b.add("pool", "adaptive_avg_pool2d", x, output_size=1)
    x = b.add("flatten", "flatten", b.add("norm", "layer_norm2d", x))
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    return b.build()


def _mixer(b: Builder) -> None:
    g = b.group("mixer", doc="An MLP over the channels of each position, scaled by what is learned.")
    y = g.add("to_last", "permute", g.input("x"), order=[2, 3, 1])
    y = g.add("mlp", "mlp", g.add("norm", "layer_norm", y, eps=1e-6), ratio="=ratio")
    y = g.add("gamma", "layer_scale", y, init="=scale")
    g.output("out", g.add("to_first", "permute", y, order=[3, 1, 2]))


def _filter(b: Builder) -> None:
    g = b.group("filter", doc="A depthwise filter and an MLP, with a shortcut around both.", kernel=3)
    x = g.input("x")
    y = g.add_group("mixer", "mixer", g.add("conv_dw", "depthwise_conv2d", x, kernel_size="=kernel"))
    g.output("out", g.add("add", "add", x, y))


def _split(b: Builder, scales: int) -> None:
    """The group `split{scales}`: channels in so many parts, filtered one after another, then attention between them."""
    doc = f"{scales} groups of channels filtered in a cascade, attention between channels, an MLP; with a shortcut."
    g = b.group(f"split{scales}", doc=doc, width=48, side=32, places=False)
    x = g.input("x")
    parts: list[Handle] = []
    rest = x
    for at in range(1, scales):
        cut = g.add(f"part{at}", "split", rest, dim=1, size=f"=ceil(width / {scales})")
        part, rest = cut, cut["second"]
        if parts:
            part = g.add(f"sum{at}", "add", parts[-1], part)
        parts.append(g.add(f"conv{at}", "depthwise_conv2d", part, kernel_size=3))
    y = g.add("join", "concat", *parts, rest)
    y = g.add("places", "fourier_positions2d", y, bypass="=not places")
    y = _attended(g, y)
    g.output("out", g.add("add", "add", x, g.add_group("mixer", "mixer", y)))


def _attended(g: GroupBuilder, y: Handle) -> Handle:
    y = g.add("tokens", "permute", g.add("rows", "reshape", y, shape=["=width", -1]), order=[2, 1])
    sizes: dict[str, Any] = {"heads": "=heads"}
    z = g.add("xca", "cross_covariance_attention", g.add("norm_xca", "layer_norm", y, eps=1e-6), **sizes)
    y = g.add("attended", "add", y, g.add("gamma_xca", "layer_scale", z, init="=scale"))
    y = g.add("channels", "permute", y, order=[2, 1])
    return g.add("image", "reshape", y, shape=["=width", "=side", "=side"])
