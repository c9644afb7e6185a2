"""Networks of Inception blocks: several kernel sizes side by side."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

BLOCKS = {
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "inception4a": (192, 96, 208, 16, 48, 64),
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128),
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}
"""Maps of each block: 1 × 1; before and of 3 × 3; before and of the largest kernel; after the pooling."""
AUXILIARY = {"inception4a": "aux1", "inception4d": "aux2"}
"""After which block each of the classifiers stands that training alone has."""
PARTS = ("one", "before3", "three", "before5", "five", "pooled")


@register(
    "design",
    id="googlenet",
    family="cnn",
    title="GoogLeNet",
    tags=("image", "imagenet", "inception", "multi-branch"),
    small={"width": 8, "image_size": 32},
    source=Source(
        "Christian Szegedy, Wei Liu, Yangqing Jia, Pierre Sermanet, Scott Reed, Dragomir Anguelov, Dumitru Erhan, "
        "Vincent Vanhoucke, Andrew Rabinovich",
        "Going Deeper with Convolutions",
        2015,
    ),
)
def googlenet() -> Design:
    """Nine Inception blocks: 1 × 1, 3 × 3 and 5 × 5 kernels and a pooling side by side, all narrowed beforehand.

    For images of 224 × 224; 6,624,904 parameters for a thousand classes and 1.5 G MACs. As it is used today: with batch
    norm, and 3 × 3 kernels in the third branch. With `batch_norm` off and `third_kernel` 5 it is the paper's. Two more
    classifiers in the middle, of 6.4 M parameters, help in training alone; with `aux_weight` 0 they are not there.
    """
    b = Builder("googlenet", task="image_classification", doc=googlenet.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 320, 32))
    b.variable("width", 64, doc="Maps of the first convolution; all others are in proportion.", domain=whole(8, 128, 8))
    b.variable("third_kernel", 3, doc="Kernel of each block's third branch.", domain=one_of(3, 5, 7))
    b.variable("batch_norm", True, doc="Whether a batch norm follows every convolution.", domain=one_of(True, False))
    b.variable("dropout", 0.4, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    b.variable("aux_weight", 0.3, doc="What the loss of each classifier in the middle counts in training.",
               domain=real(0, 1))  # fmt: skip
    inception_unit(b)
    inception_block(b)
    auxiliary_classifier(b)
    x = b.add_group("conv1", "unit", x, width="=width", kernel=7, stride=2)
    x = b.add("maxpool1", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    x = b.add_group("conv2", "unit", x, width="=width", kernel=1)
    x = b.add_group("conv3", "unit", x, width="=width * 3")
    middle: dict[str, Handle] = {}
    for name, widths in BLOCKS.items():
        if name[-1] == "a":
            x = b.add(f"maxpool{int(name[-2]) - 1}", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
        sizes: dict[str, Any] = {part: f"={maps // 8} * width // 8" for part, maps in zip(PARTS, widths, strict=True)}
        x = b.add_group(name, "inception", x, **sizes)
        if name in AUXILIARY:
            middle[AUXILIARY[name]] = b.add_group(AUXILIARY[name], "classifier", x)
    x = b.add("global_pool", "global_avg_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "fc")
    for name, logits in middle.items():
        b.output(name, logits, weight="=aux_weight")
    return b.build()


def inception_unit(b: Builder) -> None:
    """The group `unit`: convolution, batch norm if the variable `batch_norm` asks for it, relu."""
    doc = "A convolution that keeps the size, batch norm if asked for, relu."
    g = b.group("unit", doc=doc, width=64, kernel=3, stride=1)
    sizes: dict[str, Any] = {"out_channels": "=width", "kernel_size": "=kernel", "stride": "=stride"}
    y = g.add("conv", "conv2d", g.input("x"), bias="=not batch_norm", **sizes)
    y = g.add("bn", "batch_norm", y, eps=1e-3, bypass="=not batch_norm")
    g.output("out", g.add("act", "relu", y))


def inception_block(b: Builder) -> None:
    """The group `inception`; it needs the group `unit` and the variable `third_kernel`."""
    doc = "Three kernel sizes and a pooling side by side; 1 × 1 convolutions narrow what the larger ones see."
    sizes: dict[str, Any] = dict(zip(PARTS, BLOCKS["inception3a"], strict=True))
    g = b.group("inception", doc=doc, **sizes)
    x = g.input("x")
    one = g.add_group("branch1", "unit", x, width="=one", kernel=1)
    y = g.add_group("branch2_reduce", "unit", x, width="=before3", kernel=1)
    three = g.add_group("branch2", "unit", y, width="=three")
    y = g.add_group("branch3_reduce", "unit", x, width="=before5", kernel=1)
    five = g.add_group("branch3", "unit", y, width="=five", kernel="=third_kernel")
    y = g.add("pool", "max_pool2d", x, kernel_size=3, stride=1, padding=1)
    pooled = g.add_group("branch4", "unit", y, width="=pooled", kernel=1)
    g.output("out", g.add("concat", "concat", one, three, five, pooled))


def auxiliary_classifier(b: Builder) -> None:
    """The group `classifier`; it needs the group `unit` and the variables `image_size` and `width`."""
    g = b.group("classifier", doc="A classifier of a block's maps: averages, a 1 × 1 convolution, two dense layers.")
    # A grid has a sixteenth of the image's side there; where that is below 5, as in small images, it is averaged whole.
    pool: dict[str, Any] = {"kernel_size": "=min(5, image_size // 16)", "stride": 3}
    y = g.add_group("conv", "unit", g.add("pool", "avg_pool2d", g.input("x"), **pool), width="=2 * width", kernel=1)
    y = g.add("fc1", "linear", g.add("flat", "flatten", y), out_features="=16 * width")
    y = g.add("drop", "dropout", g.add("act", "relu", y), p=0.7)
    g.output("out", g.add("fc2", "linear", y, out_features="=facts.label.classes"))
