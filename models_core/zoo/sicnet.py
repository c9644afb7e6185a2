"""Networks of single intra-channel convolutions."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole


@register(
    "design",
    id="sicnet",
    family="cnn",
    title="SIC network",
    tags=("image", "cifar", "mobile"),
    source=Source(
        "Min Wang, Baoyuan Liu, Hassan Foroosh",
        "Design of Efficient Convolutional Layers using Single Intra-channel Convolution, Topological Subdivisioning "
        'and Spatial "Bottleneck" Structure',
        2017,
    ),
)
def sicnet() -> Design:
    """A small network whose layers filter each channel by itself and mix channels apart from that, with shortcuts.

    For images of 32 × 32. Channels may mix with neighbours in a grid of channels only, or at half the resolution.
    """
    b = Builder("sicnet", task="image_classification", doc=sicnet.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(32, 128, 16))
    b.variable("width", 64, doc="Channels of the first stage; each later one has twice as many.",
               domain=whole(16, 128, 16))  # fmt: skip
    b.variable("depth", 2, doc="Layers of each stage.", domain=whole(1, 8))
    b.variable("mixing", "dense", doc="Which channels a channel sees.", domain=one_of("dense", "topological"))
    b.variable("bottleneck", False, doc="Whether channels are mixed at half the resolution.",
               domain=one_of(False, True))  # fmt: skip
    _layer(b)
    x = b.add("stem", "conv2d", x, out_channels="=width", kernel_size=3, bias=False)
    x = b.add("act", "relu", b.add("bn", "batch_norm", x))
    for stage in (1, 2, 3):
        wide = f"=width * {2 ** (stage - 1)}"
        if stage > 1:
            x = b.add(
                f"widen{stage}", "conv2d", b.add(f"pool{stage}", "max_pool2d", x), out_channels=wide, kernel_size=1
            )
        x = b.add_group(f"stage{stage}", "sic", x, repeat="=depth", width=wide)
    classes_output(b, b.add("pool", "global_avg_pool", x))
    return b.build()


def _layer(b: Builder) -> None:
    doc = "A filter for each channel and a mixing of channels, at full or half resolution; a shortcut around both."
    g = b.group("sic", doc=doc, width=64)
    x = g.input("x")
    stride = "=2 if bottleneck else 1"
    y = g.add("filter", "depthwise_conv2d", x, kernel_size=3, stride=stride, padding=1, bias=False)
    kinds: dict[str, Any] = {
        "dense": {"block": "conv2d", "params": {"out_channels": "=width", "kernel_size": 1, "bias": False}},
        "topological": {"block": "topological_conv2d", "params": {"bias": False}},
    }
    y = g.add_choice("mix", "=mixing", kinds, g.add("bn1", "batch_norm", y))
    sizes: dict[str, Any] = {"out_channels": "=width", "kernel_size": 2, "stride": 2, "groups": "=width"}
    y = g.add("enlarge", "conv_transpose2d", y, bypass="=not bottleneck", **sizes)
    g.output("out", g.add("act", "relu", g.add("add", "add", x, g.add("bn2", "batch_norm", y))))
