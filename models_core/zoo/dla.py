"""Deep layer aggregation."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
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
    b.variable("width", 16, doc="Channels of the stem; later stages are multiples of it.", domain=whole(4, 64, 4))
    b.variable("root_shortcut", shortcut, doc="Whether a node that merges adds its first input.",
               domain=one_of(False, True))  # fmt: skip
    b.variable("dropout", 0.0, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    _units(b)
    x = b.add_group("base", "filter", x, width="=width", kernel=7)
    x = b.add_group("level0", "filter", x, width="=width")
    x = b.add_group("level1", "filter", x, width="=width * 2", stride=2)
    for at, (depth, wide) in enumerate(zip(levels, widths, strict=True)):
        tree = _tree(b, unit, depth, keeps=at > 0)
        x = b.add_group(f"level{at + 2}", tree, x, width=f"=width * {wide}", stride=2, changes=True)
    x = b.add("pool", "adaptive_avg_pool2d", x, output_size=1)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    x = b.add("fc", "conv2d", x, out_channels="=facts.label.classes", kernel_size=1)
    b.output("logits", b.add("flatten", "flatten", x))
    return b.build()


def _units(b: Builder) -> None:
    sizes: dict[str, Any] = {"out_channels": "=width", "bias": False}
    g = b.group("filter", doc="Convolution, batch norm, relu.", width=16, kernel=3, stride=1)
    y = g.add("conv", "conv2d", g.input("x"), kernel_size="=kernel", stride="=stride", **sizes)
    g.output("out", g.add("act", "relu", g.add("bn", "batch_norm", y)))
    g = b.group("linear", doc="Convolution and batch norm.", width=16, kernel=1)
    y = g.add("conv", "conv2d", g.input("x"), kernel_size="=kernel", **sizes)
    g.output("out", g.add("bn", "batch_norm", y))
    g = b.group("basic", doc="Two 3 × 3 convolutions, added to what comes in at `shortcut`.", width=16, stride=1)
    y = g.add_group("conv1", "filter", g.input("x"), width="=width", stride="=stride")
    _added(g, g.add_group("conv2", "linear", y, width="=width", kernel=3))
    g = b.group("bottleneck", doc="Narrow, filter, widen, added to what comes in at `shortcut`.", width=16, stride=1)
    y = g.add_group("conv1", "filter", g.input("x"), width="=width // 2", kernel=1)
    y = g.add_group("conv2", "filter", y, width="=width // 2", stride="=stride")
    _added(g, g.add_group("conv3", "linear", y, width="=width"))


def _added(g: GroupBuilder, y: Handle) -> None:
    g.output("out", g.add("act", "relu", g.add("add", "add", y, g.input("shortcut"))))


def _root(b: Builder, inputs: int) -> str:
    """The group that merges so many inputs."""
    name = f"root{inputs}"
    if name not in b.groups:
        g = b.group(name, doc=f"Merges {inputs} inputs by a 1 × 1 convolution.", width=16)
        xs = [g.input(f"x{at}") for at in range(inputs)]
        y = g.add_group("conv", "linear", g.add("join", "concat", *xs), width="=width")
        y = g.add("add", "add", y, xs[0], bypass="=not root_shortcut")
        g.output("out", g.add("act", "relu", y))
    return name


def _tree(b: Builder, unit: str, depth: int, *, keeps: bool = False, extras: int = 0) -> str:
    """The group that is a tree; one that `keeps` merges its own input too, and `extras` come from outside."""
    name = f"tree{depth}_{extras}{'k' if keeps else ''}"
    if name in b.groups:
        return name
    first = None if depth == 1 else _tree(b, unit, depth - 1)
    inside = extras + keeps + (depth > 1)
    second = None if depth == 1 else _tree(b, unit, depth - 1, extras=inside)
    root = _root(b, 2 + inside) if depth == 1 else ""
    doc = f"A tree of {2**depth} residual units" + (
        f" that merges {extras} earlier ones with its own." if extras else "."
    )
    g = b.group(name, doc=doc, width=16, stride=1, changes=False)
    x = g.input("x")
    earlier = [g.input(f"e{at}") for at in range(extras)]
    params: dict[str, Any] = {"width": "=width", "stride": "=stride"}
    if depth == 1 or keeps:
        bottom = g.add("down", "max_pool2d", x, kernel_size="=stride", bypass="=stride == 1")
    if keeps:
        earlier.append(bottom)
    if depth == 1:
        around = g.add_group("project", "linear", bottom, width="=width", bypass="=not changes")
        one = g.add_group("unit1", unit, x, around, **params)
        two = g.add_group("unit2", unit, one, one, width="=width")
        g.output("out", g.add_group("root", root, two, one, *earlier, width="=width"))
    else:
        assert first is not None
        assert second is not None
        one = g.add_group("tree1", first, x, changes="=changes", **params)
        g.output("out", g.add_group("tree2", second, one, *earlier, one, width="=width"))
    return name
