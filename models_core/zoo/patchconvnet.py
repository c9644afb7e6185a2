"""PatchConvNet."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole


@register(
    "design",
    id="patchconvnet_s60",
    family="cnn",
    title="PatchConvNet-S60",
    tags=("image", "imagenet", "attention pooling"),
    small={"width": 32, "depth": 2, "image_size": 32},
    source=Source(
        "Hugo Touvron, Matthieu Cord, Alaaeldin El-Nouby, Piotr Bojanowski and others",
        "Augmenting Convolutional networks with attention-based aggregation",
        2021,
    ),
)
def patchconvnet_s60() -> Design:
    """A column of convolutional blocks at one resolution, pooled at the end by one learned query that attends to all.

    For images of 224 × 224; 25.2 M parameters for a thousand classes. Two numbers shape it: width and depth.
    """
    b = Builder("patchconvnet_s60", task="image_classification", doc=patchconvnet_s60.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 448, 32))
    b.variable("width", 384, doc="Channels of every block.", domain=whole(32, 1024, 32))
    b.variable("depth", 60, doc="Number of blocks.", domain=whole(1, 120))
    b.variable("heads", 1, doc="Maps by which the query attends.", domain=one_of(1, 2, 4, 8))
    b.variable("scale", 1e-4, doc="Weight of every branch at the start.", domain=real(1e-6, 1))
    sizes: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": 1, "bias": False}
    for at, share in enumerate((8, 4, 2, 1)):
        wide = "=width" if share == 1 else f"=width // {share}"
        x = b.add(f"stem{at + 1}", "conv2d", x, out_channels=wide, **sizes)
        if share > 1:
            x = b.add(f"stem_act{at + 1}", "gelu", x)
    _block(b)
    _aggregate(b)
    x = b.add_group("blocks", "block", x, repeat="=depth")
    x = b.add("tokens", "permute", b.add("rows", "reshape", x, shape=["=width", -1]), order=[2, 1])
    x = b.add_group("aggregate", "aggregate", x)
    x = b.add("pool", "token_pool", b.add("norm", "layer_norm", x, eps=1e-6), kind="first")
    classes_output(b, x)
    return b.build()


def _block(b: Builder) -> None:
    g = b.group("block", doc="1 × 1, a filter for each channel, a gate by channel means, 1 × 1; with a shortcut.")
    x = g.input("x")
    y = g.add("norm", "layer_norm2d", x)
    y = g.add("act1", "gelu", g.add("fc1", "conv2d", y, out_channels="=width", kernel_size=1))
    y = g.add("act2", "gelu", g.add("filter", "depthwise_conv2d", y, kernel_size=3))
    y = g.add("fc2", "conv2d", g.add("se", "squeeze_excite", y, reduction=4), out_channels="=width", kernel_size=1)
    y = g.add("gamma", "layer_scale", g.add("to_last", "permute", y, order=[2, 3, 1]), init="=scale")
    g.output("out", g.add("add", "add", x, g.add("to_first", "permute", y, order=[3, 1, 2])))


def _aggregate(b: Builder) -> None:
    doc = "A learned token asks all others once, then goes through an MLP; only it is passed on."
    g = b.group("aggregate", doc=doc)
    every = g.add("query", "class_token", g.input("x"))
    asks = g.add("asks", "split", every, dim=1, size=1)
    every = g.add("norm1", "layer_norm", every, eps=1e-6)
    asked = g.add("first", "split", every, dim=1, size=1)
    y = g.add("attn", "cross_attention", asked, every, heads="=heads")
    x = g.add("add1", "add", asks, g.add("gamma1", "layer_scale", y, init="=scale"))
    y = g.add("mlp", "mlp", g.add("norm2", "layer_norm", x, eps=1e-6), ratio=3.0)
    g.output("out", g.add("add2", "add", x, g.add("gamma2", "layer_scale", y, init="=scale")))
