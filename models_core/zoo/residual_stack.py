"""A stack of residual convolutions, deep and made shallow: a pair to compare."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register
from models_core.transforms.make_shallow import make_shallow

from ._parts import classes_output, image_input, one_of, whole

SOURCE = Source(
    "Bernhard Bermeitinger, Tomas Hrycej, Siegfried Handschuh",
    "Make Deep Networks Shallow Again",
    2023,
    "https://arxiv.org/abs/2309.08414",
)
TAGS = ("image", "cifar", "residual", "depth")
SMALL = {"width": 8, "depth": 3}


@register("design", id="residual_stack", family="cnn", title="Residual stack", source=SOURCE, tags=TAGS, small=SMALL)
def residual_stack() -> Design:
    """Convolutions of one width one after the other, each with a shortcut around it.

    For images of 32 × 32. Beside `parallel_stack` it shows what depth is worth: the two have the same parameters.
    """
    return _stack("residual_stack", residual_stack.__doc__)


@register("design", id="parallel_stack", family="cnn", title="Parallel stack", source=SOURCE, tags=TAGS, small=SMALL)
def parallel_stack() -> Design:
    """Convolutions of one width side by side, whose sum is added to what they all see.

    For images of 32 × 32. It is `residual_stack` made shallow: the same parameters, two layers of convolutions.
    """
    flat = make_shallow(_stack("residual_stack", parallel_stack.__doc__))
    return flat.model_copy(update={"name": "parallel_stack"})


def _stack(name: str, doc: str | None) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(8, 64, 8))
    b.variable("width", 32, doc="Channels of every convolution.", domain=whole(8, 256, 8))
    b.variable("depth", 16, doc="Convolutions with a shortcut.", domain=whole(1, 64))
    b.variable("kernel", 3, doc="Height and width of their kernels.", domain=one_of(1, 3, 5, 7))
    g = b.group("unit", doc="A convolution and its activation, with a shortcut around both.")
    x0 = g.input("x")
    y = g.add("conv", "conv2d", x0, out_channels="=width", kernel_size="=kernel", padding="=kernel // 2")
    g.output("out", g.add("add", "add", x0, g.add("act", "relu", y)))
    x = b.add("stem", "conv2d", x, out_channels="=width", kernel_size="=kernel", padding="=kernel // 2")
    x = b.add_group("stack", "unit", x, repeat="=depth")
    classes_output(b, b.add("pool", "global_avg_pool", x))
    return b.build()
