"""Residual networks with a gate for each channel."""

from __future__ import annotations

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import one_of, whole
from ._residual import bottleneck, finished, imagenet_builder, plain_stem, project, stages

BRANCHES = 4


@register(
    "design",
    id="senetv2_resnet50",
    family="cnn",
    title="SENetV2 (ResNet-50)",
    tags=("image", "imagenet", "residual", "gate", "channel attention"),
    small={"width": 16, "image_size": 32, "depth1": 2, "depth2": 1, "depth3": 1, "depth4": 1},
    source=Source(
        "Mahendran Narayanan", "SENetV2: Aggregated Dense Layer for Channelwise and Global Representations", 2023
    ),
)
def senetv2_resnet50() -> Design:
    """ResNet-50 whose units weigh their channels by a gate with several small dense layers side by side.

    For images of 224 × 224; 30,603,912 parameters for a thousand classes and 4.1 G MACs. With `cardinality` 1 and
    `reduction` 16 it is SE-ResNet-50.
    """
    b, x = imagenet_builder("senetv2_resnet50", senetv2_resnet50.__doc__)
    doc = "Dense layers side by side in each gate; 1 is squeeze and excitation."
    b.variable("cardinality", BRANCHES, doc=doc, domain=whole(1, BRANCHES))
    doc = "How many times narrower than its input each of them is."
    b.variable("reduction", 32, doc=doc, domain=one_of(8, 16, 32, 64))
    project(b)
    aggregated_gate(b)
    bottleneck(b, "A bottleneck whose result is weighed channel by channel before the sum.", branch_end=_gated)
    x = plain_stem(b, x, 7, 2)
    x = b.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    return finished(b, stages(b, x, "bottleneck", (3, 4, 6, 3), first_changes=True))


def aggregated_gate(b: Builder) -> None:
    """The group `aggregated_gate`; it needs the variables `cardinality` and `reduction`."""
    doc = "Means of all channels, dense layers side by side, one dense layer on all of them: a weight for each channel."
    g = b.group("aggregated_gate", doc=doc, width=256)
    x = g.input("x")
    means = g.add("squeeze", "global_avg_pool", x)
    branches = []
    for at in range(1, BRANCHES + 1):
        absent = f"=cardinality < {at}" if at > 1 else False
        y = g.add(f"dense{at}", "linear", means, out_features="=max(1, width // reduction)", mute=absent)
        branches.append(g.add(f"relu{at}", "relu", y, mute=absent))
    y = g.add("aggregate", "concat", *branches)
    y = g.add("excite", "linear", y, out_features="=width")
    y = g.add("gate", "sigmoid", y)
    y = g.add("weights", "reshape", y, shape=["=width", 1, 1])
    g.output("out", g.add("weigh", "multiply", x, y))


def _gated(g: GroupBuilder, y: Handle) -> Handle:
    return g.add_group("se", "aggregated_gate", y, width="=width * 4")
