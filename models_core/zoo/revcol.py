"""Reversible column networks."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source(
    "Yuxuan Cai, Yizhuang Zhou, Qi Han, Jianjian Sun, Xiangwen Kong, Jun Li, Xiangyu Zhang",
    "Reversible Column Networks",
    2022,
)
TAGS = ("image", "imagenet", "reversible", "columns", "convnext")
DEPTHS = (2, 2, 4, 2)
MOST = 8
"""Columns that the designs have room for; a variable says how many there are."""


def small(columns: int) -> dict[str, Any]:
    return {"width": 8, "columns": columns, "depth0": 1, "depth1": 1, "depth2": 1, "depth3": 1}


@register("design", id="revcol_tiny", family="cnn", title="RevCol-T", source=SOURCE, tags=TAGS, small=small(3))
def revcol_tiny() -> Design:
    """Four ConvNeXts side by side as columns; each level hears the level below and what the column before found.

    For images of 224 × 224; 30 M parameters for a thousand classes and 4.5 G MACs. What a column is given can be had
    back from what it gives, so that training need not keep it.
    """
    return _revcol("revcol_tiny", revcol_tiny.__doc__, columns=4, drop_path=0.1)


@register("design", id="revcol_small", family="cnn", title="RevCol-S", source=SOURCE, tags=TAGS,
          small={**small(4), "supervision": True})  # fmt: skip
def revcol_small() -> Design:
    """Eight ConvNeXts side by side as columns; each level hears the level below and what the column before found.

    For images of 224 × 224; 60 M parameters for a thousand classes and 9 G MACs. What a column is given can be had
    back from what it gives, so that training need not keep it.
    """
    return _revcol("revcol_small", revcol_small.__doc__, columns=8, drop_path=0.3)


def _revcol(name: str, doc: str | None, *, columns: int, drop_path: float) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", 64, doc="Channels of the lowest level; each higher one has twice as many.",
               domain=whole(8, 128, 8))  # fmt: skip
    b.variable("columns", columns, doc="Columns side by side.", domain=whole(1, MOST))
    for level, depth in enumerate(DEPTHS):
        b.variable(f"depth{level}", depth, doc=f"Blocks of level {level} in each column.", domain=whole(1, 6))
    b.variable("scale", 1e-6, doc="Weight of every block's branch at the start.", domain=real(1e-6, 1))
    b.variable("drop_path", drop_path, doc="Share of samples that the last block's branch leaves out in training.",
               domain=real(0, 0.8))  # fmt: skip
    b.variable("supervision", False, doc="Whether training also classifies, and rebuilds the image, after each quarter "
               "of the columns.", domain=one_of(True, False))  # fmt: skip
    _block(b)
    _classifier(b)
    _decoder(b)
    for level in range(4):
        _level(b, level, first=True)
        _level(b, level, first=False)
    _column(b, first=True)
    _column(b, first=False)
    x = b.add("stem", "conv2d", x, out_channels="=width", kernel_size=4, stride=4, padding=0)
    x = b.add("stem_norm", "layer_norm2d", x)
    b.add_group("column0", "first_column", x)
    levels = [Handle("column0", f"c{level}") for level in range(4)]
    middle = [levels[-1]]
    for at in range(1, MOST):
        b.add_group(f"column{at}", "column", x, *levels, on=f"=columns > {at}")
        levels = [Handle(f"column{at}", f"c{level}") for level in range(4)]
        middle.append(levels[-1])
    x = b.add("norm", "layer_norm", b.add("pool", "global_avg_pool", levels[-1]), eps=1e-6)
    classes_output(b, x)
    for at, top in enumerate(middle[:-1], 1):
        _supervise(b, at, image, top)
    return b.build()


def _supervise(b: Builder, column: int, image: Handle, top: Handle) -> None:
    """For training alone: after a quarter of all columns, or a half, or three, the class and the image from the top."""
    quarter = f"supervision and columns > {column} and {4 * column} % columns == 0"
    logits = b.add_group(f"class{column}", "classifier", top, mute=f"=not ({quarter})")
    b.output(f"class{column}", logits, weight=f"=0.7 * {column} / columns")
    rebuilt = b.add_group(f"rebuild{column}", "decoder", top, mute=f"=not ({quarter})")
    # At three quarters 1, at a half 2, at a quarter 3: the earlier, the more of the image should still be there.
    share = f"=max(0, 4 - {4 * column} / columns)"
    b.add(f"rebuilt{column}", "reconstruction_loss", rebuilt, image, weight=share, mute=f"=not ({quarter})")


def _classifier(b: Builder) -> None:
    g = b.group("classifier", doc="A classifier of the top level of a column.")
    x = g.add("norm", "layer_norm", g.add("pool", "global_avg_pool", g.input("x")), eps=1e-6)
    g.output("out", g.add("head", "linear", x, out_features="=facts.label.classes"))


def _decoder(b: Builder) -> None:
    g = b.group("decoder", doc="An image made of the top level of a column, by three steps up and one large one.")
    x = g.input("x")
    for level in (2, 1, 0):
        x = g.add(f"project{level}", "conv2d", x, out_channels=f"=width * {2**level}", kernel_size=1)
        x = g.add(f"act{level}", "gelu", g.add(f"norm{level}", "layer_norm2d", x))
        x = g.add(f"up{level}", "upsample", x, mode="bilinear")
        x = g.add_group(f"block{level}", "block", x, ratio=1)
    channels = "=facts.image.channels"
    g.output("out", g.add("image", "conv_transpose2d", x, out_channels=channels, kernel_size=4, stride=4))


def _block(b: Builder) -> None:
    doc = "A depthwise filter and an MLP over the channels of each position, with a shortcut around both."
    g = b.group("block", doc=doc, drop=0.0, ratio=4)
    x = g.input("x")
    y = g.add("to_last", "permute", g.add("dwconv", "depthwise_conv2d", x, kernel_size=3), order=[2, 3, 1])
    y = g.add("mlp", "mlp", g.add("norm", "layer_norm", y, eps=1e-6), ratio="=ratio")
    y = g.add("to_first", "permute", g.add("gamma", "layer_scale", y, init="=scale"), order=[3, 1, 2])
    y = g.add("drop_path", "drop_path", y, p="=drop", bypass="=drop == 0")
    g.output("out", g.add("add", "add", x, y))


def _level(b: Builder, level: int, *, first: bool) -> None:
    """The group `first{level}` or, with a link to the column before, `level{level}`."""
    doc = f"Level {level} of {'the first' if first else 'a later'} column: what is below, halved"
    g = b.group(f"{'first' if first else 'level'}{level}", doc=f"{doc if level else doc.removesuffix(', halved')}.")
    wide = f"=width * {2**level}"
    around = None if first else g.input("c")
    y = g.input("below")
    if level:
        y = g.add("down", "conv2d", y, out_channels=wide, kernel_size=2, stride=2, padding=0)
        y = g.add("down_norm", "layer_norm2d", y)
    if not first and level < 3:
        y = g.add("add", "add", _from_above(g, wide), y)
    before = " + ".join(["0", *(f"depth{at}" for at in range(level))])
    drop = f"=drop_path * ({before} + i) / max(1, depth0 + depth1 + depth2 + depth3 - 1)"
    y = g.add_group("blocks", "block", y, repeat=f"=depth{level}", drop=drop)
    g.output("out", y if around is None else g.add("link", "reversible_link", around, y))


def _from_above(g: GroupBuilder, wide: str) -> Handle:
    """What the column before has one level higher, narrowed and enlarged."""
    y = g.add("up", "conv2d", g.input("above"), out_channels=wide, kernel_size=1)
    return g.add("up_size", "upsample", g.add("up_norm", "layer_norm2d", y))


def _column(b: Builder, *, first: bool) -> None:
    """The group `first_column` or `column`; a column that is off hands on what the one before gave."""
    if first:
        g = b.group("first_column", doc="Four levels, each half as high and wide as the one below.")
    else:
        g = b.group("column", doc="Four levels that also hear the column before, and link to it.", on=True)
    below = g.input("x")
    before = [] if first else [g.input(f"c{level}") for level in range(4)]
    for level in range(4):
        if first:
            below = g.add_group(f"level{level}", f"first{level}", below)
        else:
            above = before[level + 1 : level + 2]
            below = g.add_group(f"level{level}", f"level{level}", before[level], below, *above, bypass="=not on")
        g.output(f"c{level}", below)
