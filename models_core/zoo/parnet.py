"""ParNet."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, real, whole

SOURCE = Source("Ankit Goyal, Alexey Bochkovskiy, Jia Deng, Vladlen Koltun", "Non-deep Networks", 2021)
SMALL = {"width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "last": 32}


@register(
    "design", id="parnet_s", family="cnn", title="ParNet-S", source=SOURCE, tags=("image", "imagenet"), small=SMALL
)
def parnet_s() -> Design:
    """Three streams side by side, each at a resolution of its own, no more than twelve layers one behind another.

    For images of 224 × 224; 19.2 M parameters for a thousand classes once its branches are merged.
    """
    return _parnet("parnet_s", parnet_s.__doc__, width=96, last=1280)


@register(
    "design", id="parnet_m", family="cnn", title="ParNet-M", source=SOURCE, tags=("image", "imagenet"), small=SMALL
)
def parnet_m() -> Design:
    """Three streams side by side, each at a resolution of its own, no more than twelve layers one behind another.

    For images of 224 × 224; wider than ParNet-S, 35.6 M parameters for a thousand classes once its branches are merged.
    """
    return _parnet("parnet_m", parnet_m.__doc__, width=128, last=2048)


def _parnet(name: str, doc: str | None, *, width: int, last: int) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", width, doc="Channels of the finest stream; each coarser one has twice as many.",
               domain=whole(16, 256, 8))  # fmt: skip
    b.variable("last", last, doc="Channels before the head.", domain=whole(32, 4096, 32))
    b.variable("dropout", 0.0, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    _change(b)
    _keep(b)
    x = b.add_group("stem", "change", x, width="=min(64, width)", stride=2)
    streams = []
    for at, depth in enumerate((4, 5, 5), 1):
        wide = f"=width * {2 ** (at - 1)}"
        x = b.add_group(f"down{at}", "change", x, width=wide, stride=2)
        b.variable(f"depth{at}", depth, doc=f"Blocks of stream {at}.", domain=whole(1, 12))
        streams.append(b.add_group(f"stream{at}", "keep", x, repeat=f"=depth{at}", width=wide))
    y = b.add_group("fuse1", "change", streams[0], width="=width * 2", stride=2)
    y = b.add_group("fuse2", "change", _joined(b, "2", streams[1], y), width="=width * 4", stride=2, groups=2)
    y = b.add_group("fuse3", "change", _joined(b, "3", streams[2], y), width="=width * 4", groups=2)
    y = b.add_group("final", "change", y, width="=last", stride=2)
    y = b.add("pool", "global_avg_pool", y)
    classes_output(b, b.add("drop", "dropout", y, p="=dropout", bypass="=dropout == 0"))
    return b.build()


def _joined(b: Builder, id: str, x: Handle, y: Handle) -> Handle:
    """Two streams, each behind a batch norm, channel by channel in turn."""
    x, y = b.add(f"norm{id}a", "batch_norm", x), b.add(f"norm{id}b", "batch_norm", y)
    return b.add(f"mix{id}", "channel_shuffle", b.add(f"join{id}", "concat", x, y), groups=2)


def _gate(g: GroupBuilder, x: Handle, **groups: Any) -> Handle:
    """A gate for each of `width` channels, from the means of all."""
    y = g.add("mean", "adaptive_avg_pool2d", x, output_size=1)
    y = g.add("squeeze", "conv2d", y, out_channels="=width", kernel_size=1, bias=False, **groups)
    return g.add("gate", "sigmoid", y)


def _keep(b: Builder) -> None:
    doc = "Two convolutions that merge into one, and a shortcut gated by the means of its channels."
    g = b.group("keep", doc=doc, width=64)
    x = g.input("x")
    y = g.add("conv", "rep_conv2d", x, out_channels="=width", identity=False)
    z = g.add("norm", "batch_norm", x)
    z = g.add("gated", "multiply", z, _gate(g, z))
    g.output("out", g.add("act", "silu", g.add("add", "add", y, z)))


def _change(b: Builder) -> None:
    doc = "Two convolutions that merge into one, gated by the means of what came in; changes width and stride."
    g = b.group("change", doc=doc, width=64, stride=1, groups=1)
    x = g.input("x")
    sizes: dict[str, Any] = {"stride": "=stride", "groups": "=groups", "average": "=stride == 2"}
    y = g.add("conv", "rep_conv2d", x, out_channels="=width", identity=False, **sizes)
    twice = g.add("twice", "constant", y, shape=[1, 1, 1], value=2.0)
    y = g.add("act", "silu", g.add("gated", "multiply", y, _gate(g, x, groups="=groups"), twice))
    g.output("out", g.add("shuffle", "channel_shuffle", y, groups="=groups", bypass="=groups == 1"))
