"""Bottlenecks that look at several scales, as Res2Net has them."""

from __future__ import annotations

from typing import Annotated, Any

from models_core.design import Builder, Generated, Handle
from models_core.registry import Doc, Range, Source, register


@register(
    "generator",
    id="res2_bottleneck",
    family="multi-scale",
    title="Res2 bottleneck",
    source=Source(
        "Shang-Hua Gao, Ming-Ming Cheng, Kai Zhao, Xin-Yu Zhang, Ming-Hsuan Yang, Philip Torr",
        "Res2Net: A New Multi-scale Backbone Architecture",
        2019,
    ),
    tags=("image", "residual", "bottleneck", "multi-scale"),
)
def res2_bottleneck(
    scale: Annotated[int, Range(1, 64), Doc("Groups of channels; 1 is a plain bottleneck.")] = 4,
) -> Generated:
    """A bottleneck whose filters work in groups, one after the other, so that later ones see farther.

    From N C H W to N `width` * 4 H/`stride` W/`stride`. All groups but the last have a filter, which also gets what the
    group before gave; where a unit changes the shape, that has another size, and the groups do not see each other.
    """
    b = Builder()
    g = b.group("project", doc="A shortcut that changes width and stride by a 1 × 1 convolution.", width=64, stride=1)
    y = g.add("0", "conv2d", g.input("x"), out_channels="=width", kernel_size=1, stride="=stride", bias=False)
    g.output("out", g.add("1", "batch_norm", y))
    g = b.group("bottleneck", doc=f"A bottleneck whose filters work in {scale} groups, one after the other.")
    g.param("width", 64, "Channels inside of a plain bottleneck; four times as many come out.")
    stride = g.param("stride", 1, "How many times smaller the maps become, on a side.")
    g.param("changes", False, "Whether a shortcut that changes width and size is needed.")
    g.param("base_width", 26, "Channels of a group for 64 of the width.")
    x = g.input("x")
    inner = "int(width * base_width / 64)"
    y = g.add("conv1", "conv2d", x, out_channels=f"={inner} * {scale}", kernel_size=1, bias=False)
    rest = g.add("act1", "relu", g.add("bn1", "batch_norm", y))
    pads: dict[str, Any] = {"kernel_size": 3, "stride": stride, "padding": 1}
    done: list[Handle] = []
    for at in range(1, max(scale, 2)):
        part = rest
        if scale > 1:
            part = g.add(f"split{at}", "split", rest, size=f"={inner}")
            rest = part["second"]
        if done:
            part = g.add(f"sum{at}", "add", part, done[-1], bypass="=changes")
        y = g.add(f"filter{at}", "conv2d", part, out_channels=f"={inner}", bias=False, **pads)
        done.append(g.add(f"relu{at}", "relu", g.add(f"norm{at}", "batch_norm", y)))
    if scale > 1:
        done.append(g.add("pool", "avg_pool2d", rest, bypass="=not changes", **pads))
    y = g.add("concat", "concat", *done)
    y = g.add("conv3", "conv2d", y, out_channels="=width * 4", kernel_size=1, bias=False)
    y = g.add("bn3", "batch_norm", y)
    x = g.add_group("downsample", "project", x, width="=width * 4", stride=stride, bypass="=not changes")
    g.output("out", g.add("act3", "relu", g.add("add", "add", y, x)))
    return b.generated("bottleneck")
