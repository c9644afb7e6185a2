"""Networks whose shortcuts learn."""

from __future__ import annotations

from typing import Any

from models_core.blocks.connection._laurel import SOURCE
from models_core.design import Builder, Design
from models_core.registry import register

from ._parts import one_of, whole
from ._residual import finished, imagenet_builder, plain_stem, project
from ._text import begun, ended


@register(
    "design",
    id="laurel_transformer",
    small={"depth": 2, "rank": 4},
    family="transformer",
    title="LAuReL transformer, byte-level",
    tags=("text", "language model", "causal", "residual", "low rank"),
    source=SOURCE,
)
def laurel_transformer() -> Design:
    """A causal transformer whose shortcuts weigh both sides, add a product of low rank, and sum up earlier blocks.

    At first both sides weigh 1 and all else 0, so that it begins as a plain transformer.
    """
    b, x = begun("laurel_transformer", laurel_transformer.__doc__)
    b.variable("weigh", True, doc="Whether shortcuts weigh both sides (RW).", domain=one_of(True, False))
    doc = "Features in the middle of a shortcut's low-rank product (LR); 0: none."
    b.variable("rank", 8, doc=doc, domain=one_of(0, 4, 8, 16, 32))
    b.variable("previous", True, doc="Whether earlier blocks are summed up (PA).", domain=one_of(True, False))
    g = b.group("block", doc="Attention and MLP, each behind a norm and with a learned shortcut around it.")
    h, past = g.input("x"), g.input("past")
    y = g.add("attn", "self_attention", g.add("norm1", "layer_norm", h), heads="=heads", causal=True)
    y = g.add("drop1", "dropout", y, p="=dropout", bypass="=dropout == 0")
    h = g.add("shortcut1", "laurel", h, y, weigh="=weigh", rank="=rank")
    y = g.add("mlp", "mlp", g.add("norm2", "layer_norm", h), ratio="=mlp_ratio")
    y = g.add("drop2", "dropout", y, p="=dropout", bypass="=dropout == 0")
    g.output("out", g.add("shortcut2", "laurel", h, y, past, weigh="=weigh", rank="=rank", previous="=previous"))
    return ended(b, b.add_group("blocks", "block", x, repeat="=depth", history="past"))


@register(
    "design",
    id="laurel_resnet50",
    small={"width": 16, "depth1": 2, "depth2": 2, "depth3": 1, "depth4": 1, "rank": 4, "image_size": 32},
    family="cnn",
    title="LAuReL ResNet-50",
    tags=("image", "imagenet", "residual", "low rank"),
    source=SOURCE,
)
def laurel_resnet50() -> Design:
    """A residual network of sixteen bottlenecks whose shortcuts weigh both sides, add a product of low rank, or more.

    For images of 224 × 224; 32 parameters more than ResNet-50 at rank 0. At first it is a ResNet-50.
    """
    b, x = imagenet_builder("laurel_resnet50", laurel_resnet50.__doc__)
    b.variable("weigh", True, doc="Whether shortcuts weigh both sides (RW).", domain=one_of(True, False))
    doc = "Channels in the middle of a shortcut's low-rank product (LR); 0: none."
    b.variable("rank", 0, doc=doc, domain=one_of(0, 4, 8, 16, 32))
    doc = "Whether the maps of earlier units of a stage are summed up (PA)."
    b.variable("previous", False, doc=doc, domain=one_of(True, False))
    project(b)
    _bottleneck(b, "first", "A bottleneck that changes the width, with a learned shortcut.")
    _bottleneck(b, "bottleneck", "A bottleneck with a learned shortcut, which sees the units before it.")
    x = plain_stem(b, x, 7, 2)
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    for at, depth in enumerate((3, 4, 6, 3), 1):
        b.variable(f"depth{at}", depth, doc=f"Units of stage {at}.", domain=whole(1, 36))
        width = f"=width * {2 ** (at - 1)}"
        x = b.add_group(f"layer{at}_first", "first", x, width=width, stride=1 if at == 1 else 2)
        x = b.add_group(f"layer{at}", "bottleneck", x, width=width, repeat=f"=depth{at} - 1", history="past")
    return finished(b, x)


def _bottleneck(b: Builder, id: str, doc: str) -> None:
    first = id == "first"
    stride: dict[str, Any] = {"stride": 1} if first else {}
    g = b.group(id, doc=doc, width=64, **stride)
    x = g.input("x")
    y = g.add("conv1", "conv2d", x, out_channels="=width", kernel_size=1, bias=False)
    y = g.add("act1", "relu", g.add("bn1", "batch_norm", y))
    y = g.add(
        "conv2",
        "conv2d",
        y,
        out_channels="=width",
        kernel_size=3,
        stride="=stride" if first else 1,
        padding=1,
        bias=False,
    )
    y = g.add("act2", "relu", g.add("bn2", "batch_norm", y))
    y = g.add("bn3", "batch_norm", g.add("conv3", "conv2d", y, out_channels="=width * 4", kernel_size=1, bias=False))
    ends = [x, y]
    if first:
        ends[0] = g.add_group("downsample", "project", x, width="=width * 4", stride="=stride")
    else:
        ends.append(g.input("past"))
    y = g.add("shortcut", "laurel2d", *ends, weigh="=weigh", rank="=rank", previous="=previous")
    g.output("out", g.add("act3", "relu", y))
