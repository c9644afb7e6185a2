"""Inception-v4 and Inception-ResNet: rows of factorised kernels side by side, without and with a shortcut."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.design.builder import GraphBuilder
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source(
    "Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke, Alexander Alemi",
    "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    2016,
)
TAGS = ("image", "imagenet", "inception", "multi-branch")
SMALL = {"width": 8, "depth_a": 1, "depth_b": 1, "depth_c": 2}

Row = tuple[tuple[int, int | list[int]], ...]
"""Units one after the other: maps and kernel of each."""


@register("design", id="inception_v4", family="cnn", title="Inception-v4", source=SOURCE, tags=TAGS, small=SMALL)
def inception_v4() -> Design:
    """Three grids of Inception blocks: rows of 1 × 1, 3 × 3, 1 × 7 and 7 × 1 kernels and a pooling side by side.

    For images of 299 × 299; 42,679,816 parameters for a thousand classes and 12.3 G MACs.
    """
    b, x = _begun("inception_v4", inception_v4.__doc__)
    _stem(b)
    _inception(b, "inception_a", 96, ((96, 1),), ((64, 1), (96, 3)), ((64, 1), (96, 3), (96, 3)))
    _inception(
        b, "inception_b", 128, ((384, 1),), ((192, 1), (224, [1, 7]), (256, [7, 1])),
        ((192, 1), (192, [7, 1]), (224, [1, 7]), (224, [7, 1]), (256, [1, 7])),
    )  # fmt: skip
    _inception_c(b)
    _reduction(b, "reduction_a", ((384, 3),), ((192, 1), (224, 3), (256, 3)))
    _reduction(b, "reduction_b", ((192, 1), (192, 3)), ((256, 1), (256, [1, 7]), (320, [7, 1]), (320, 3)))
    x = b.add_group("stem", "stem", x)
    return _finished(b, _grids(b, x, "inception", (4, 7, 3)))


@register(
    "design",
    id="inception_resnet_v2",
    family="cnn",
    title="Inception-ResNet-v2",
    source=SOURCE,
    tags=(*TAGS, "residual"),
    small=SMALL,
)
def inception_resnet_v2() -> Design:
    """Three grids of narrow Inception blocks, each widened by a linear 1 × 1 convolution and added to its input.

    For images of 299 × 299; 55,843,464 parameters for a thousand classes and 13.2 G MACs. What is added is scaled down
    to keep wide networks stable.
    """
    b, x = _begun("inception_resnet_v2", inception_resnet_v2.__doc__)
    _residual_variables(b)
    _residual(b, "residual_a", 320, ((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3)))
    _residual(b, "residual_b", 1088, ((192, 1),), ((128, 1), (160, [1, 7]), (192, [7, 1])))
    _residual(b, "residual_c", 2080, ((192, 1),), ((192, 1), (224, [1, 3]), (256, [3, 1])))
    _inception(b, "first", 64, ((96, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)))
    _reduction(b, "reduction_a", ((384, 3),), ((256, 1), (256, 3), (384, 3)))
    _reduction(b, "reduction_b", ((256, 1), (384, 3)), ((256, 1), (288, 3)), ((256, 1), (288, 3), (320, 3)))
    x = _pool(b, "pool2", _plain_stem(b, x))
    x = _grids(b, b.add_group("first", "first", x), "residual", (10, 20, 10))
    return _finished(b, b.add_group("last", "unit", x, maps=1536, kernel=1))


@register(
    "design",
    id="inception_resnet_v1",
    family="cnn",
    title="Inception-ResNet-v1",
    source=SOURCE,
    tags=(*TAGS, "residual"),
    small=SMALL,
)
def inception_resnet_v1() -> Design:
    """A smaller Inception-ResNet, which costs as much as Inception-v3: grids of 5, 10 and 6 residual blocks.

    For images of 299 × 299; 24,357,096 parameters for a thousand classes and 6.3 G MACs. Faces are told apart with it.
    """
    b, x = _begun("inception_resnet_v1", inception_resnet_v1.__doc__)
    _residual_variables(b)
    _residual(b, "residual_a", 256, ((32, 1),), ((32, 1), (32, 3)), ((32, 1), (32, 3), (32, 3)))
    _residual(b, "residual_b", 896, ((128, 1),), ((128, 1), (128, [1, 7]), (128, [7, 1])))
    _residual(b, "residual_c", 1792, ((192, 1),), ((192, 1), (192, [1, 3]), (192, [3, 1])))
    _reduction(b, "reduction_a", ((384, 3),), ((192, 1), (192, 3), (256, 3)))
    _reduction(b, "reduction_b", ((256, 1), (384, 3)), ((256, 1), (256, 3)), ((256, 1), (256, 3), (256, 3)))
    x = b.add_group("conv6", "unit", _plain_stem(b, x), maps=256, stride=2, valid=True)
    return _finished(b, _grids(b, x, "residual", (5, 10, 6)))


def _begun(name: str, doc: str | None) -> tuple[Builder, Handle]:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 299, channels=3, classes=1000, domain=whole(32, 399, 1))
    b.variable("width", 32, doc="Maps of the first convolution; all others are in proportion.", domain=whole(4, 64, 4))
    doc = "Whether zeros at the edges keep small grids from vanishing."
    b.variable("padded", "=image_size < 75", doc=doc)
    b.variable("dropout", 0.2, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    g = b.group("unit", doc="Convolution, batch norm, relu; a valid one adds no zeros at the edges.",
                maps=32, kernel=3, stride=1, valid=False)  # fmt: skip
    y = g.add("conv", "conv2d", g.input("x"), out_channels="=maps * width // 32", kernel_size="=kernel",
              stride="=stride", padding="=0 if valid and not padded else 'same'", bias=False)  # fmt: skip
    g.output("out", g.add("act", "relu", g.add("bn", "batch_norm", y, eps=1e-3)))
    return b, x


def _residual_variables(b: Builder) -> None:
    b.variable("shortcut", True, doc="Whether what comes into a block is added to what goes out.",
               domain=one_of(True, False))  # fmt: skip
    for grid, scale in zip("abc", (0.17, 0.1, 0.2), strict=True):
        b.variable(f"scale_{grid}", scale, doc=f"Factor of what blocks of grid {grid.upper()} add to their input.",
                   domain=real(0, 1))  # fmt: skip


def _grids(b: Builder, x: Handle, kind: str, depths: tuple[int, int, int]) -> Handle:
    """Blocks of three grids with reductions between; of residual ones the very last is linear and not scaled."""
    for grid, depth in zip("abc", depths, strict=True):
        b.variable(f"depth_{grid}", depth, doc=f"Blocks of grid {grid.upper()}.", domain=whole(1, 24))
        extra: dict[str, Any] = {}
        if kind == "residual":
            scale = f"scale_{grid}"
            extra = {"scale": f"={scale}"}
            if grid == "c":
                extra = {"scale": f"={scale} if i < n - 1 else 1", "rectified": "=i < n - 1"}
        x = b.add_group(f"grid_{grid}", f"{kind}_{grid}", x, repeat=f"=depth_{grid}", **extra)
        if grid != "c":
            x = b.add_group(f"reduction_{grid}", f"reduction_{grid}", x)
    return x


def _finished(b: Builder, x: Handle) -> Design:
    x = b.add("global_pool", "global_avg_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "fc")
    return b.build()


def _row(g: GroupBuilder, id: str, x: Handle, row: Row, *, stride: int = 1, valid: bool = False) -> Handle:
    """The units of a row; `stride` and `valid` are the last one's."""
    for at, (maps, kernel) in enumerate(row):
        last: dict[str, Any] = {"stride": stride, "valid": valid} if at == len(row) - 1 else {}
        x = g.add_group(f"{id}_{at}", "unit", x, maps=maps, kernel=kernel, **last)
    return x


def _pool(g: GraphBuilder, id: str, x: Handle) -> Handle:
    return g.add(id, "max_pool2d", x, kernel_size=3, stride=2, padding="=1 if padded else 0")


def _plain_stem(b: Builder, x: Handle) -> Handle:
    x = b.add_group("conv1", "unit", x, maps=32, stride=2, valid=True)
    x = b.add_group("conv2", "unit", x, maps=32, valid=True)
    x = _pool(b, "pool1", b.add_group("conv3", "unit", x, maps=64))
    x = b.add_group("conv4", "unit", x, maps=80, kernel=1)
    return b.add_group("conv5", "unit", x, maps=192, valid=True)


def _stem(b: Builder) -> None:
    g = b.group("stem", doc="Six convolutions deep, thrice forked and joined; an eighth of the size goes out.")
    x = g.add_group("conv1", "unit", g.input("x"), maps=32, stride=2, valid=True)
    x = g.add_group("conv2", "unit", x, maps=32, valid=True)
    x = g.add_group("conv3", "unit", x, maps=64)
    pooled = _pool(g, "pool1", x)
    x = g.add("join1", "concat", pooled, _row(g, "stride1", x, ((96, 3),), stride=2, valid=True))
    short = _row(g, "short", x, ((64, 1), (96, 3)), valid=True)
    long = _row(g, "long", x, ((64, 1), (64, [1, 7]), (64, [7, 1]), (96, 3)), valid=True)
    x = g.add("join2", "concat", short, long)
    strided = _row(g, "stride2", x, ((192, 3),), stride=2, valid=True)
    g.output("out", g.add("join3", "concat", strided, _pool(g, "pool2", x)))


def _pooled(g: GroupBuilder, x: Handle, maps: int) -> Handle:
    y = g.add("pool", "avg_pool2d", x, kernel_size=3, stride=1, padding=1, count_include_pad=False)
    return g.add_group("pooled", "unit", y, maps=maps, kernel=1)


def _inception(b: Builder, id: str, pooled: int, *rows: Row) -> None:
    g = b.group(id, doc="Rows of kernels and a pooling side by side, joined.")
    x = g.input("x")
    parts = [_row(g, f"row{at}", x, row) for at, row in enumerate(rows)]
    g.output("out", g.add("join", "concat", *parts, _pooled(g, x, pooled)))


def _inception_c(b: Builder) -> None:
    g = b.group("inception_c", doc="Rows that end in 1 × 3 and 3 × 1 kernels side by side, and a pooling, joined.")
    x = g.input("x")
    parts = [_row(g, "row0", x, ((256, 1),))]
    for id, row in (("row1", ((384, 1),)), ("row2", ((384, 1), (448, [3, 1]), (512, [1, 3])))):
        y = _row(g, id, x, row)
        parts += [_row(g, f"{id}_{way}", y, ((256, kernel),)) for way, kernel in (("wide", [1, 3]), ("high", [3, 1]))]
    g.output("out", g.add("join", "concat", *parts, _pooled(g, x, 256)))


def _reduction(b: Builder, id: str, *rows: Row) -> None:
    g = b.group(id, doc="Rows of kernels whose last one strides, and a pooling that does, joined: half the size.")
    x = g.input("x")
    parts = [_row(g, f"row{at}", x, row, stride=2, valid=True) for at, row in enumerate(rows)]
    g.output("out", g.add("join", "concat", *parts, _pool(g, "pool", x)))


def _residual(b: Builder, id: str, maps: int, *rows: Row) -> None:
    doc = "Rows of kernels side by side, joined, widened without an activation, scaled and added to what came in."
    g = b.group(id, doc=doc, scale=1.0, rectified=True)
    x = g.input("x")
    y = g.add("join", "concat", *[_row(g, f"row{at}", x, row) for at, row in enumerate(rows)])
    y = g.add("widen", "conv2d", y, out_channels=f"={maps} * width // 32", kernel_size=1)
    factor = g.add("scale", "constant", y, shape=[1, 1, 1], value="=scale", mute="=not shortcut")
    y = g.add("scaled", "multiply", y, factor, bypass="=not shortcut")
    y = g.add("add", "add", y, x, bypass="=not shortcut")
    g.output("out", g.add("act", "relu", y, bypass="=not rectified"))
