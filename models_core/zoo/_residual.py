"""What residual networks for images share: stems, shortcuts that change the shape, stages, the head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle

from ._parts import classes_output, image_input, whole


def imagenet_builder(name: str, doc: str | None, *, size: int = 224, max_width: int = 192) -> tuple[Builder, Handle]:
    """A builder with the image and the variable `width`."""
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, size, channels=3, classes=1000, domain=whole(32, 384, 32))
    doc = "Maps of the first stage; each later one has twice as many."
    b.variable("width", 64, doc=doc, domain=whole(16, max_width, 16))
    return b, x


def plain_stem(b: Builder, x: Handle, kernel: int, stride: int) -> Handle:
    """One convolution, batch norm, relu."""
    pads: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "padding": kernel // 2}
    x = b.add("conv1", "conv2d", x, out_channels="=width", bias=False, **pads)
    return b.add("act1", "relu", b.add("bn1", "batch_norm", x))


def deep_stem(b: Builder, x: Handle, width: str = "width") -> Handle:
    """Three 3 × 3 convolutions in place of one of 7 × 7, the first of stride 2; `width` is a variable."""
    g = b.group("deep_stem", doc="Three 3 × 3 convolutions; the first halves the size.")
    y = g.input("x")
    for at, maps in (("0", f"={width} // 2"), ("3", f"={width} // 2"), ("6", f"={width}")):
        stride = 2 if at == "0" else 1
        y = g.add(at, "conv2d", y, out_channels=maps, kernel_size=3, stride=stride, padding=1, bias=False)
        if at != "6":
            y = g.add(str(int(at) + 1), "batch_norm", y)
            y = g.add(str(int(at) + 2), "relu", y)
    g.output("out", y)
    x = b.add_group("conv1", "deep_stem", x)
    return b.add("act1", "relu", b.add("bn1", "batch_norm", x))


def project(b: Builder) -> None:
    """The group `project`."""
    g = b.group("project", doc="A shortcut that changes width and stride by a 1 × 1 convolution.", width=64, stride=1)
    x = g.add("0", "conv2d", g.input("x"), out_channels="=width", kernel_size=1, stride="=stride", bias=False)
    g.output("out", g.add("1", "batch_norm", x))


def project_averages(b: Builder) -> None:
    """The group `project`, which averages before it projects, so that no position is thrown away."""
    doc = "A shortcut that changes the stride by averaging and the width by a 1 × 1 convolution."
    g = b.group("project", doc=doc, width=64, stride=1)
    pads: dict[str, Any] = {"kernel_size": 2, "ceil_mode": True, "count_include_pad": False}
    x = g.add("0", "avg_pool2d", g.input("x"), bypass="=stride == 1", stride=2, **pads)
    x = g.add("1", "conv2d", x, out_channels="=width", kernel_size=1, bias=False)
    g.output("out", g.add("2", "batch_norm", x))


Part = Callable[[GroupBuilder, Handle], Handle]
"""Adds nodes behind a handle and gives what comes out of them."""


def batch_norm1(g: GroupBuilder, y: Handle) -> Handle:
    """The first norm of a bottleneck, as it usually is."""
    return g.add("bn1", "batch_norm", y)


def bottleneck(
    b: Builder,
    doc: str,
    *,
    id: str = "bottleneck",
    norm1: Part = batch_norm1,
    branch_end: Part | None = None,
    end: Part | None = None,
    **params: Any,
) -> None:
    """A group like ResNet's bottleneck, with another first norm, or more at the end of its branch or of itself."""
    g = b.group(id, doc=doc, width=64, stride=1, changes=False, **params)
    x = g.input("x")
    y = g.add("conv1", "conv2d", x, out_channels="=width", kernel_size=1, bias=False)
    y = g.add("act1", "relu", norm1(g, y))
    y = g.add("conv2", "conv2d", y, out_channels="=width", kernel_size=3, stride="=stride", padding=1, bias=False)
    y = g.add("act2", "relu", g.add("bn2", "batch_norm", y))
    y = g.add("conv3", "conv2d", y, out_channels="=width * 4", kernel_size=1, bias=False)
    y = g.add("bn3", "batch_norm", y)
    if branch_end is not None:
        y = branch_end(g, y)
    x = g.add_group("downsample", "project", x, width="=width * 4", stride="=stride", bypass="=not changes")
    y = g.add("add", "add", y, x)
    if end is not None:
        y = end(g, y)
    g.output("out", g.add("act3", "relu", y))


def stages(
    b: Builder,
    x: Handle,
    units: str | Sequence[str],
    depths: Sequence[int],
    *,
    first_changes: bool,
    params: Callable[[int], dict[str, Any]] = lambda stage: {},
) -> Handle:
    """Stages `layer1`, `layer2`, ... of a group with the parameters width, stride, changes; their depths are variables.

    `units` is one group or generator, or one for each stage. `first_changes` says whether the first stage
    needs a shortcut that changes the width. `params` gives further parameters of a stage's units.
    """
    for stage, depth in enumerate(depths, 1):
        b.variable(f"depth{stage}", depth, doc=f"Units of stage {stage}.", domain=whole(1, 36))
        unit = units if isinstance(units, str) else units[stage - 1]
        add = b.add_group if unit in b.groups else b.add_generator
        x = add(
            f"layer{stage}",
            unit,
            x,
            repeat=f"=depth{stage}",
            width=f"=width * {2 ** (stage - 1)}" if stage > 1 else "=width",
            stride="=2 if i == 0 else 1" if stage > 1 else 1,
            changes="=i == 0" if first_changes or stage > 1 else False,
            **params(stage),
        )
    return x


def finished(b: Builder, x: Handle) -> Design:
    """Global average, head, and the design built."""
    classes_output(b, b.add("global_pool", "global_avg_pool", x), "fc")
    return b.build()
