"""Trees of residual units, as deep layer aggregation has them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from models_core.design import Builder, Generated, GroupBuilder, Handle
from models_core.registry import Doc, Range, Source, register


@register(
    "generator",
    id="aggregation_tree",
    family="aggregation",
    title="Aggregation tree",
    source=Source("Fisher Yu, Dequan Wang, Evan Shelhamer, Trevor Darrell", "Deep Layer Aggregation", 2018),
    tags=("image", "residual", "tree", "aggregation"),
)
def aggregation_tree(
    levels: Annotated[int, Range(1, 8), Doc("Forks from the root to a leaf; 2 to that power are the units.")] = 2,
    unit: Annotated[Literal["basic", "bottleneck"], Doc("What stands at the leaves.")] = "bottleneck",
    keeps_input: Annotated[bool, Doc("Whether the last merge sees what comes into the tree, too.")] = False,
) -> Generated:
    """A tree of residual units in which every fork is merged by a node that also sees earlier ones.

    From N C H W to N `width` H/`stride` W/`stride`. A tree of `levels` is two of one level less, the second of which
    merges with its own units what the first one gave and all that its outer trees hand down.
    """
    b = Builder()
    _units(b)
    return b.generated(_tree(b, unit, levels, keeps=keeps_input))


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
        g = b.group(name, doc=f"Merges {inputs} inputs by a 1 × 1 convolution.", width=16, shortcut=False)
        xs = [g.input(f"x{at}") for at in range(inputs)]
        y = g.add_group("conv", "linear", g.add("join", "concat", *xs), width="=width")
        y = g.add("add", "add", y, xs[0], bypass="=not shortcut")
        g.output("out", g.add("act", "relu", y))
    return name


def _tree(b: Builder, unit: str, levels: int, *, keeps: bool = False, extras: int = 0) -> str:
    """The group that is a tree; one that `keeps` merges its own input too, and `extras` come from outside."""
    name = f"tree{levels}_{extras}{'k' if keeps else ''}"
    if name in b.groups:
        return name
    inside = extras + keeps + (levels > 1)
    trees = [_tree(b, unit, levels - 1, extras=more) for more in (0, inside)] if levels > 1 else []
    doc = f"A tree of {2**levels} residual units" + (
        f" that merges {extras} earlier ones with its own." if extras else "."
    )
    g = b.group(name, doc=doc)
    width = g.param("width", 16, "Channels that come out.")
    stride = g.param("stride", 1, "How many times smaller the maps become, on a side.")
    changes = g.param("changes", False, "Whether more or fewer channels come out than go in.")
    shortcut = g.param("shortcut", False, "Whether a node that merges adds its first input.")
    x = g.input("x")
    earlier = [g.input(f"e{at}") for at in range(extras)]
    if levels == 1 or keeps:
        bottom = g.add("down", "max_pool2d", x, kernel_size=stride, bypass="=stride == 1")
    if keeps:
        earlier.append(bottom)
    if levels == 1:
        around = g.add_group("project", "linear", bottom, width=width, bypass="=not changes")
        one = g.add_group("unit1", unit, x, around, width=width, stride=stride)
        two = g.add_group("unit2", unit, one, one, width=width)
        root = _root(b, 2 + inside)
        g.output("out", g.add_group("root", root, two, one, *earlier, width=width, shortcut=shortcut))
    else:
        one = g.add_group("tree1", trees[0], x, width=width, stride=stride, changes=changes, shortcut=shortcut)
        g.output("out", g.add_group("tree2", trees[1], one, *earlier, one, width=width, shortcut=shortcut))
    return name
