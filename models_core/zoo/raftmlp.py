"""RaftMLP."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole

SOURCE = Source(
    "Yuki Tatsunami, Masato Taki",
    "RaftMLP: How Much Can Be Done Without Attention and with Less Spatial Locality?",
    2022,
)
SMALL = {"width": 16, "depth3": 1, "image_size": 32, "mixed_size": 32}


@register("design", id="raftmlp_s", family="mlp", title="RaftMLP-S", source=SOURCE, tags=("image",), small=SMALL)
def raftmlp_s() -> Design:
    """Four stages of MLPs over columns, over rows, each joined with groups of `raft` channels, and over channels.

    For images of 224 × 224; 9.9 M parameters for a thousand classes and 2.1 G MACs. `mixed_size` is the image size for
    which rows and columns have weights; at another `image_size` the features are resized to it for that mixing.
    """
    b = Builder("raftmlp_s", task="image_classification", doc=raftmlp_s.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("mixed_size", 224, doc="Image size for which positions are mixed.", domain=whole(32, 384, 32))
    b.variable("width", 64, doc="Channels of the first stage; each later one has twice as many.",
               domain=whole(16, 128, 16))  # fmt: skip
    b.variable("raft", 2, doc="Channels that are mixed together with a row or column.", domain=one_of(1, 2, 4, 8))
    b.variable("token_ratio", 2, doc="How many times wider the MLPs over positions are inside.", domain=whole(1, 4))
    b.variable("ratio", 4, doc="How many times wider the MLP over channels is inside.", domain=whole(1, 6))
    _raft(b)
    _block(b)
    _embed(b, "embed", two=True)
    _embed(b, "embed_last", two=False)
    for stage, depth in enumerate((2, 2, 6, 2), 1):
        b.variable(f"depth{stage}", depth, doc=f"Blocks of stage {stage}.", domain=whole(1, 12))
        width = f"=width * {2 ** (stage - 1)}"
        step, stride = (4, 4) if stage == 1 else (2, 2 ** (stage + 1))
        embed = "embed_last" if stage == 4 else "embed"
        x = b.add_group(f"embed{stage}", embed, x, width=width, size=step)
        sides: dict[str, Any] = {"side": f"=image_size // {stride}", "mixed": f"=mixed_size // {stride}"}
        x = b.add_group(f"stage{stage}", "block", x, repeat=f"=depth{stage}", channels=width, **sides)
    x = b.add("norm", "layer_norm2d", x, eps=1e-5)
    classes_output(b, b.add("pool", "global_avg_pool", x))
    return b.build()


def _embed(b: Builder, name: str, *, two: bool) -> None:
    doc = "Joins each `size` × `size` positions into one" + (", seen at two scales." if two else ".")
    g = b.group(name, doc=doc, width=64, size=4)
    x = g.input("x")
    sizes: dict[str, Any] = {"out_channels": "=width", "stride": "=size"}
    y = g.add("near", "conv2d", x, kernel_size="=size", padding=0, **sizes)
    if two:
        wide = g.add("wide", "conv2d", x, kernel_size="=2 * size", padding="=size // 2", bias=False, **sizes)
        y = g.add("add", "add", y, wide)
    g.output("out", y)


def _raft(b: Builder) -> None:
    """Groups `columns` and `rows`: an MLP over one axis joined with `raft` channels."""
    for name, there, back, sizes in (
        ("columns", [2, 4, 1, 3], [3, 1, 4, 2], ["=channels // raft", "=side", "=raft", "=side"]),
        ("rows", [2, 3, 1, 4], [3, 1, 2, 4], ["=channels // raft", "=side", "=raft", "=side"]),
    ):
        g = b.group(name, doc=f"An MLP over {name}, each joined with `raft` channels; a shortcut around it.",
                    channels=64, side=56)  # fmt: skip
        x = g.input("x")
        y = g.add("norm", "layer_norm2d", x, eps=1e-5)
        y = g.add("rafts", "reshape", y, shape=["=raft", "=channels // raft", "=side", "=side"])
        y = g.add("to_last", "permute", y, order=there)
        y = g.add("join", "reshape", y, shape=["=channels // raft * side", "=raft * side"])
        y = g.add("mlp", "mlp", y, ratio="=token_ratio")
        y = g.add("part", "reshape", y, shape=sizes)
        y = g.add("to_first", "permute", y, order=back)
        y = g.add("image", "reshape", y, shape=["=channels", "=side", "=side"])
        g.output("out", g.add("add", "add", x, y))


def _block(b: Builder) -> None:
    g = b.group("block", doc="MLPs over columns, rows and channels, each with a shortcut.",
                channels=64, side=56, mixed=56)  # fmt: skip
    x = _resized(g, "to_mixed", g.input("x"), "=mixed")
    x = g.add_group("columns", "columns", x, channels="=channels", side="=mixed")
    x = g.add_group("rows", "rows", x, channels="=channels", side="=mixed")
    x = _resized(g, "to_image", x, "=side")
    y = g.add("norm", "layer_norm2d", x, eps=1e-5)
    y = g.add("to_last", "permute", y, order=[2, 3, 1])
    y = g.add("mlp", "mlp", y, ratio="=ratio")
    y = g.add("to_first", "permute", y, order=[3, 1, 2])
    g.output("out", g.add("add", "add", x, y))


def _resized(g: GroupBuilder, id: str, x: Handle, size: str) -> Handle:
    return g.add(id, "resize", x, size=size, mode="bicubic", bypass="=side == mixed")
