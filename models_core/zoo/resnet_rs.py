"""ResNet-RS: residual networks as they are trained and scaled today."""

from __future__ import annotations

from models_core.design import Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, real
from ._residual import bottleneck, deep_stem, imagenet_builder, project_averages, stages

SOURCE = Source(
    "Irwan Bello, William Fedus, Xianzhi Du, Ekin D. Cubuk, Aravind Srinivas, Tsung-Yi Lin, Jonathon Shlens, "
    "Barret Zoph",
    "Revisiting ResNets: Improved Training and Scaling Strategies",
    2021,
)
TAGS = ("image", "imagenet", "residual", "gate")
SMALL = {"width": 16, "image_size": 32, "depth1": 2, "depth2": 1, "depth3": 1, "depth4": 1}


@register("design", id="resnetrs50", family="cnn", title="ResNet-RS-50", source=SOURCE, tags=TAGS, small=SMALL)
def resnetrs50() -> Design:
    """ResNet-50 with a stem of 3 × 3 convolutions, shortcuts that average, and a gate for each channel.

    For images of 160 × 160; 35,691,912 parameters for a thousand classes and 2.3 G MACs. Parameters are named as
    in timm.
    """
    return _resnet_rs("resnetrs50", resnetrs50.__doc__, 160, (3, 4, 6, 3))


@register("design", id="resnetrs101", family="cnn", title="ResNet-RS-101", source=SOURCE, tags=TAGS, small=SMALL)
def resnetrs101() -> Design:
    """ResNet-RS-50 with seventeen units more in the third stage: depth first, resolution slowly.

    For images of 192 × 192; 63,618,696 parameters for a thousand classes and 6.0 G MACs. Parameters are named as
    in timm.
    """
    return _resnet_rs("resnetrs101", resnetrs101.__doc__, 192, (3, 4, 23, 3))


def _resnet_rs(name: str, doc: str | None, size: int, depths: tuple[int, int, int, int]) -> Design:
    b, x = imagenet_builder(name, doc, size=size)
    b.variable("gate_ratio", 0.25, doc="Width inside a gate, as a share of its channels.", domain=real(0.0625, 0.5))
    doc = "Share of samples that skip the last unit in training; earlier units in proportion, the first none."
    b.variable("drop_path", 0.0, doc=doc, domain=real(0, 0.3))
    b.variable("dropout", 0.25, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    project_averages(b)
    doc = "A bottleneck whose result is weighed channel by channel, and skipped now and then in training."
    bottleneck(b, doc, branch_end=_gated, drop=0.0)
    x = deep_stem(b, x)
    pool = b.group("pool", doc="A 3 × 3 convolution that halves the size, in place of a pooling.")
    y = pool.input("x")
    y = pool.add("0", "conv2d", y, out_channels="=width", kernel_size=3, stride=2, padding=1, bias=False)
    pool.output("out", pool.add("2", "relu", pool.add("1", "batch_norm", y)))
    x = b.add_group("maxpool", "pool", x)
    x = stages(b, x, "bottleneck", depths, first_changes=True, params=_drop)
    x = b.add("global_pool", "global_avg_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "fc")
    return b.build()


def _drop(stage: int) -> dict[str, str]:
    """The share of samples that skip a unit grows evenly with the units before it."""
    before = " + ".join(["i", *(f"depth{earlier}" for earlier in range(1, stage))])
    return {"drop": f"=drop_path * ({before}) / max(1, depth1 + depth2 + depth3 + depth4 - 1)"}


def _gated(g: GroupBuilder, y: Handle) -> Handle:
    y = g.add("se", "squeeze_excite", y, hidden_channels="=max(1, int(width * 4 * gate_ratio))")
    return g.add("drop_path", "drop_path", y, p="=drop", bypass="=drop == 0")
