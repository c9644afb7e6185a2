"""VanillaNet."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import image_input, one_of, real, whole

SOURCE = Source(
    "Hanting Chen, Yunhe Wang, Jianyuan Guo, Dacheng Tao", "VanillaNet: the Power of Minimalism in Deep Learning", 2023
)
SMALL = {"width": 16, "image_size": 32}


@register("design", id="vanillanet_5", family="cnn", title="VanillaNet-5", source=SOURCE, tags=("image",), small=SMALL)
def vanillanet_5() -> Design:
    """Five layers and nothing else: no shortcuts, no branches; activations over neighbours make up for it.

    For images of 224 × 224; 15.5 M parameters for a thousand classes in the form to deploy.
    """
    return _vanilla("vanillanet_5", vanillanet_5.__doc__, (1, 2, 4, 8), (2, 2, 2))


@register("design", id="vanillanet_6", family="cnn", title="VanillaNet-6", source=SOURCE, tags=("image",), small=SMALL)
def vanillanet_6() -> Design:
    """Six layers and nothing else: no shortcuts, no branches; activations over neighbours make up for it.

    For images of 224 × 224; 32.5 M parameters for a thousand classes in the form to deploy.
    """
    return _vanilla("vanillanet_6", vanillanet_6.__doc__, (1, 2, 4, 8, 8), (2, 2, 2, 1))


def _vanilla(name: str, doc: str | None, widths: tuple[int, ...], strides: tuple[int, ...]) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", 512, doc="Channels of the stem; later layers have up to eight times as many.",
               domain=whole(16, 1024, 16))  # fmt: skip
    b.variable("reach", 3, doc="Neighbours on each side that an activation sees.", domain=whole(0, 4))
    b.variable("linear", 1.0, doc="Slope below zero of what training takes away: 0 is relu, 1 is nothing.",
               domain=real(0, 1))  # fmt: skip
    b.variable("form", "train", doc="Two convolutions for each layer, or one.", domain=one_of("train", "deploy"))
    b.variable("dropout", 0.0, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    m = b.group("merged_activation", doc="The activation over neighbours with its batch norm merged.")
    y = m.add("act", "relu", m.input("x"))
    m.output("out", m.add("conv", "depthwise_conv2d", y, kernel_size="=2 * reach + 1"))
    stage = b.group("layer", doc="A 1 × 1 layer, the largest of every window, an activation over neighbours.",
                    width=512, size=2)  # fmt: skip
    y = _layer(stage, "conv", stage.input("x"), width="=width", hidden=None, size=1)
    y = stage.add("pool", "max_pool2d", y, kernel_size="=size", bypass="=size == 1")
    stage.output("out", _act(stage, y))
    x = _layer(b, "stem", x, width="=width", hidden="=width", size=4)
    x = _act(b, x)
    for at, (share, stride) in enumerate(zip(widths[1:], strides, strict=True), 1):
        x = b.add_group(f"layer{at}", "layer", x, width=f"=width * {share}", size=stride)
    x = b.add("pool", "adaptive_avg_pool2d", x, output_size=1)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    forms: dict[str, Any] = {
        "train": {"group": "two_matrices"},
        "deploy": {"block": "conv2d", "params": {"out_channels": "=facts.label.classes", "kernel_size": 1}},
    }
    g = b.group("two_matrices", doc="The head while it trains: two matrices, the activation between them taken away.")
    y = g.add("fc1", "conv2d", g.input("x"), out_channels="=facts.label.classes", kernel_size=1)
    y = g.add("act", "leaky_relu", g.add("bn", "batch_norm", y, eps=1e-6), negative_slope="=linear")
    g.output("out", g.add("fc2", "conv2d", y, out_channels="=facts.label.classes", kernel_size=1))
    x = b.add_choice("classes", "=form", forms, x)
    b.output("logits", b.add("flatten", "flatten", x))
    return b.build()


def _layer(g: Builder | GroupBuilder, id: str, x: Handle, *, width: str, hidden: str | None, size: int) -> Handle:
    sizes: dict[str, Any] = {"out_channels": width, "kernel_size": size, "stride": size}
    forms = {
        "train": {
            "block": "annealed_conv2d",
            "params": {**sizes, "linear": "=linear", **({"hidden_channels": hidden} if hidden else {})},
        },
        "deploy": {"block": "conv2d", "params": {**sizes, "padding": 0}},
    }
    return g.add_choice(id, "=form", forms, x)


def _act(g: Builder | GroupBuilder, x: Handle) -> Handle:
    """An activation over neighbours; to deploy, its batch norm is within its filter."""
    forms: dict[str, Any] = {
        "train": {"block": "series_activation", "params": {"reach": "=reach"}},
        "deploy": {"group": "merged_activation"},
    }
    return g.add_choice("act", "=form", forms, x)
