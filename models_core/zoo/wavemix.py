"""WaveMix."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

LEVELS = 3


SOURCE = Source(
    "Pranav Jeevan, Kavitha Viswanathan, Anandu A S, Amit Sethi",
    "WaveMix: A Resource-efficient Neural Network for Image Analysis",
    2022,
)
TAGS = ("image", "wavelet")
SMALL = {"width": 16, "depth": 2}


@register("design", id="wavemix", family="cnn", title="WaveMix", tags=TAGS, small=SMALL, source=SOURCE)
def wavemix() -> Design:
    """Residual blocks in which wavelets halve the image, an MLP mixes their bands, and a filter enlarges it again.

    For images of 64 × 64 by default; every block keeps the size. Wavelets have no weights.
    """
    b = Builder("wavemix", task="image_classification", doc=wavemix.__doc__ or "")
    x = _blocks(b)
    classes_output(b, b.add("pool", "global_avg_pool", x))
    return b.build()


@register(
    "design", id="wavemix_dense", family="cnn", title="WaveMix, dense", tags=(*TAGS, "per pixel"), small=SMALL,
    source=SOURCE,
)  # fmt: skip
def wavemix_dense() -> Design:
    """WaveMix with a class for every pixel: what the blocks give is enlarged back to the image.

    For images of 64 × 64 by default, N classes H W out.
    """
    b = Builder("wavemix_dense", doc=wavemix_dense.__doc__ or "")
    x = _blocks(b)
    patch: dict[str, Any] = {"kernel_size": "=patch", "stride": "=patch"}
    x = b.add("up", "conv_transpose2d", x, out_channels="=width // 2", **patch)
    x = b.add("up_bn", "batch_norm", b.add("up_act", "gelu", x))
    b.output("logits", b.add("classes", "conv2d", x, out_channels="=facts.label.classes", kernel_size=1))
    return b.build()


def _blocks(b: Builder) -> Handle:
    x = image_input(b, 64, channels=3, classes=10, domain=whole(32, 256, 32))
    b.variable("width", 128, doc="Channels of every block.", domain=whole(16, 256, 16))
    b.variable("depth", 8, doc="Number of blocks.", domain=whole(1, 24))
    b.variable("levels", 1, doc="How often the means are split again.", domain=whole(1, LEVELS))
    b.variable("mult", 2, doc="How many times wider the MLP over bands is inside.", domain=one_of(1, 2, 4))
    b.variable("patch", 4, doc="Height and width of what the stem joins.", domain=one_of(1, 2, 4))
    b.variable("dropout", 0.5, doc="Share of values dropped inside in training.", domain=real(0, 0.8))
    for level in range(1, LEVELS + 1):
        _wave(b, level)
    g = b.group("block", doc="Fewer channels, wavelets, an MLP over the bands, enlarged; with a shortcut.")
    y = g.input("x")
    z = g.add("reduction", "conv2d", y, out_channels="=width // 4", kernel_size=1)
    waves = {str(level): {"group": f"wave{level}"} for level in range(1, LEVELS + 1)}
    z = g.add_choice("wave", "=['', '1', '2', '3'][levels]", waves, z)
    g.output("out", g.add("add", "add", y, z))
    x = b.add("stem1", "conv2d", x, out_channels="=width // 4", kernel_size=3)
    x = b.add("stem2", "conv2d", x, out_channels="=width // 2", kernel_size=3)
    patch: dict[str, Any] = {"kernel_size": "=patch", "stride": "=patch", "padding": 0}
    x = b.add("stem3", "conv2d", x, out_channels="=width", **patch)
    x = b.add("bn", "batch_norm", b.add("act", "gelu", x))
    return b.add_group("blocks", "block", x, repeat="=depth")


def _wave(b: Builder, level: int) -> None:
    """The group `wave{level}`: bands of this level, with what deeper levels made of the means."""
    deeper = "" if level == 1 else ", with what deeper levels make of the means"
    doc = f"Wavelet bands{deeper}, an MLP over them, and a filter that enlarges."
    g = b.group(f"wave{level}", doc=doc, out="=width")
    x = g.add("dwt", "haar_dwt2d", g.input("x"))
    if level > 1:
        means = g.add("means", "split", x, dim=1, size="=width // 4")
        deep = g.add_group("deeper", f"wave{level - 1}", means, out="=width // 2")
        x = g.add("join", "concat", x, deep)
    x = g.add("fc1", "conv2d", x, out_channels="=width * mult", kernel_size=1)
    x = g.add("drop", "dropout", g.add("act", "gelu", x), p="=dropout", bypass="=dropout == 0")
    x = g.add("fc2", "conv2d", x, out_channels="=width", kernel_size=1)
    x = g.add("up", "conv_transpose2d", x, out_channels="=out", kernel_size=4, stride=2, padding=1)
    g.output("out", g.add("bn", "batch_norm", x))
