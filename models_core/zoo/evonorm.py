"""Residual networks with evolved normalization-activation layers."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole


@register(
    "design",
    id="evonorm_resnet20",
    family="cnn",
    title="EvoNorm ResNet-20",
    tags=("image", "cifar", "residual"),
    source=Source(
        "Hanxiao Liu, Andrew Brock, Karen Simonyan, Quoc Le", "Evolving Normalization-Activation Layers", 2020
    ),
)
def evonorm_resnet20() -> Design:
    """A small residual network in which one layer normalizes and activates, ahead of each convolution.

    For images of 32 × 32. `norm` is `s0`, without the batch, `b0`, with it, or `batch`: batch norm and relu.
    """
    b = Builder("evonorm_resnet20", task="image_classification", doc=evonorm_resnet20.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(16, 64, 8))
    b.variable("width", 16, doc="Maps of the first stage; each later one has twice as many.", domain=whole(8, 128, 8))
    b.variable("depth", 3, doc="Units of each stage.", domain=whole(1, 18))
    b.variable("norm", "s0", doc="What lies ahead of each convolution.", domain=one_of("s0", "b0", "batch"))
    g = b.group("batch", doc="Batch norm and relu.")
    g.output("out", g.add("act", "relu", g.add("norm", "batch_norm", g.input("x"))))
    g = b.group("unit", doc="Two 3 × 3 convolutions, each behind a normalization; with a shortcut.",
                width=16, stride=1, changes=False)  # fmt: skip
    y = g.input("x")
    pads: dict[str, Any] = {"kernel_size": 3, "padding": 1, "bias": False}
    z = g.add("conv1", "conv2d", _norm(g, "norm1", y), out_channels="=width", stride="=stride", **pads)
    z = g.add("conv2", "conv2d", _norm(g, "norm2", z), out_channels="=width", **pads)
    y = g.add("project", "conv2d", y, out_channels="=width", kernel_size=1, stride="=stride", bias=False,
              bypass="=not changes")  # fmt: skip
    g.output("out", g.add("add", "add", y, z))
    x = b.add("stem", "conv2d", x, out_channels="=width", **pads)
    for stage in (1, 2, 3):
        x = b.add_group(
            f"stage{stage}",
            "unit",
            x,
            repeat="=depth",
            width=f"=width * {2 ** (stage - 1)}",
            stride="=2 if i == 0 else 1" if stage > 1 else 1,
            changes="=i == 0" if stage > 1 else False,
        )
    classes_output(b, b.add("pool", "global_avg_pool", _norm(b, "norm", x)))
    return b.build()


def _norm(g: Builder | GroupBuilder, id: str, x: Handle) -> Handle:
    kinds = {"s0": {"block": "evo_norm_s0"}, "b0": {"block": "evo_norm_b0"}, "batch": {"group": "batch"}}
    return g.add_choice(id, "=norm", kinds, x)
