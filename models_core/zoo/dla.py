"""Deep layer aggregation."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, Handle
from models_core.registry import Source, register

from ._parts import image_input, one_of, real, whole

SOURCE = Source("Fisher Yu, Dequan Wang, Evan Shelhamer, Trevor Darrell", "Deep Layer Aggregation", 2018)
TAGS = ("image", "imagenet", "residual", "aggregation")
SMALL = {"width": 4}


@register("design", id="dla34", family="cnn", title="DLA-34", source=SOURCE, tags=TAGS, small=SMALL)
def dla34() -> Design:
    """Stages that are trees of residual units: every fork is merged by a node that also sees earlier ones.

    For images of 224 × 224; 15,742,104 parameters for a thousand classes and 3.1 G MACs.
    """
    return _dla("dla34", dla34.__doc__, (1, 2, 2, 1), widths=(4, 8, 16, 32), unit="basic")


@register("design", id="dla60", family="cnn", title="DLA-60", source=SOURCE, tags=TAGS, small=SMALL)
def dla60() -> Design:
    """Stages that are trees of bottlenecks: every fork is merged by a node that also sees earlier ones.

    For images of 224 × 224; 22,036,632 parameters for a thousand classes and 4.2 G MACs.
    """
    return _dla("dla60", dla60.__doc__, (1, 2, 3, 1))


@register("design", id="dla102", family="cnn", title="DLA-102", source=SOURCE, tags=TAGS, small=SMALL)
def dla102() -> Design:
    """DLA-60 with deeper trees and shortcuts around the nodes that merge.

    For images of 224 × 224; 33,268,888 parameters for a thousand classes and 7.2 G MACs.
    """
    return _dla("dla102", dla102.__doc__, (1, 3, 4, 1), shortcut=True)


@register(
    "design", id="dla34_up", family="cnn", title="DLA-34, dense", source=SOURCE, tags=(*TAGS, "per pixel"), small=SMALL
)  # fmt: skip
def dla34_up() -> Design:
    """DLA-34 with a class for every pixel: its stages are enlarged and aggregated step by step, back to the image.

    For images of 224 × 224, N classes H W out. Deeper stages are enlarged twofold and merged into finer ones until all
    are at a quarter of the image's side, which is then enlarged.
    """
    b = Builder("dla34_up", doc=dla34_up.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=21, domain=whole(32, 384, 32))
    widths = (4, 8, 16, 32)
    stages = _stages(b, x, (1, 2, 2, 1), widths, "basic", False)
    g = b.group(
        "ascend", doc="What is deeper made as wide and twice as large, joined with what is finer, merged.", width=64
    )
    deeper = g.add(
        "up", "upsample", g.add_group("project", "filter", g.input("deeper"), width="=width"), mode="bilinear"
    )
    g.output("out", g.add_group("merge", "filter", g.add("join", "concat", g.input("finer"), deeper), width="=width"))
    # At each step all that lies at the coarsest side left is brought to the next finer one.
    for step in range(len(stages) - 1):
        at = len(stages) - 2 - step
        finer = stages[at]
        for deep in range(at + 1, len(stages)):
            finer = stages[deep] = b.add_group(f"up{step + 1}_{deep - at}", "ascend", width=f"=width * {widths[at]}",
                                               inputs={"finer": finer, "deeper": stages[deep]})  # fmt: skip
    x = b.add("classes", "conv2d", stages[-1], out_channels="=facts.label.classes", kernel_size=1)
    b.output("logits", b.add("enlarge", "upsample", x, scale=4, mode="bilinear"))
    return b.build()


def _dla(
    name: str,
    doc: str | None,
    levels: tuple[int, int, int, int],
    *,
    widths: tuple[int, int, int, int] = (8, 16, 32, 64),
    unit: str = "bottleneck",
    shortcut: bool = False,
) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    x = _stages(b, x, levels, widths, unit, shortcut)[-1]
    b.variable("dropout", 0.0, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    x = b.add("pool", "adaptive_avg_pool2d", x, output_size=1)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    x = b.add("fc", "conv2d", x, out_channels="=facts.label.classes", kernel_size=1)
    b.output("logits", b.add("flatten", "flatten", x))
    return b.build()


def _stages(
    b: Builder, x: Handle, levels: tuple[int, ...], widths: tuple[int, ...], unit: str, shortcut: bool
) -> list[Handle]:
    """What the four stages of trees give, at a quarter of the image's side and less."""
    b.variable("width", 16, doc="Channels of the stem; later stages are multiples of it.", domain=whole(4, 64, 4))
    b.variable("root_shortcut", shortcut, doc="Whether a node that merges adds its first input.",
               domain=one_of(False, True))  # fmt: skip
    g = b.group("filter", doc="Convolution, batch norm, relu.", width=16, kernel=3, stride=1)
    sizes: dict[str, Any] = {"kernel_size": "=kernel", "stride": "=stride", "bias": False}
    y = g.add("conv", "conv2d", g.input("x"), out_channels="=width", **sizes)
    g.output("out", g.add("act", "relu", g.add("bn", "batch_norm", y)))
    x = b.add_group("base", "filter", x, width="=width", kernel=7)
    x = b.add_group("level0", "filter", x, width="=width")
    x = b.add_group("level1", "filter", x, width="=width * 2", stride=2)
    found = []
    for at, (depth, wide) in enumerate(zip(levels, widths, strict=True)):
        tree: dict[str, Any] = {"levels": depth, "unit": unit, "keeps_input": at > 0}
        sizes = {"width": f"=width * {wide}", "stride": 2, "changes": True, "shortcut": "=root_shortcut"}
        x = b.add_generator(f"level{at + 2}", "aggregation_tree", x, **tree, **sizes)
        found.append(x)
    return found
