"""Swin transformers, and their hybrid with MS-MLP."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole
from .ms_mlp import KERNELS, mix_shift_block

SOURCE = Source(
    "Ze Liu, Yutong Lin, Yue Cao, Han Hu, Yixuan Wei, Zheng Zhang, Stephen Lin, Baining Guo",
    "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
    2021,
    "https://arxiv.org/abs/2103.14030",
)
TAGS = ("image", "imagenet", "hierarchical", "local attention")
SMALL = {"width": 32, "depth1": 1, "depth2": 2, "depth3": 1, "depth4": 1, "image_size": 64, "window": 3,
         "hybrid": True}  # fmt: skip


@register("design", id="swin_tiny_patch4_window7_224", family="transformer", title="Swin-T", source=SOURCE, tags=TAGS,
          small=SMALL)  # fmt: skip
def swin_tiny_patch4_window7_224() -> Design:
    """Four stages of attention inside windows, which every second block shifts; `hybrid` mixes and shifts instead.

    For images of 224 × 224; 28,288,354 parameters for a thousand classes and 4.5 G MACs.
    """
    return _swin("swin_tiny_patch4_window7_224", swin_tiny_patch4_window7_224.__doc__, 96, (2, 2, 6, 2))


@register("design", id="swin_small_patch4_window7_224", family="transformer", title="Swin-S", source=SOURCE, tags=TAGS,
          small=SMALL)  # fmt: skip
def swin_small_patch4_window7_224() -> Design:
    """Four stages of attention inside windows, which every second block shifts; `hybrid` mixes and shifts instead.

    For images of 224 × 224; deeper than Swin-T, 49,606,258 parameters for a thousand classes and 8.7 G MACs.
    """
    return _swin("swin_small_patch4_window7_224", swin_small_patch4_window7_224.__doc__, 96, (2, 2, 18, 2))


@register("design", id="swin_base_patch4_window7_224", family="transformer", title="Swin-B", source=SOURCE, tags=TAGS,
          small=SMALL)  # fmt: skip
def swin_base_patch4_window7_224() -> Design:
    """Four stages of attention inside windows, which every second block shifts; `hybrid` mixes and shifts instead.

    For images of 224 × 224; wider than Swin-S, 87,768,224 parameters for a thousand classes and 15.4 G MACs.
    """
    return _swin("swin_base_patch4_window7_224", swin_base_patch4_window7_224.__doc__, 128, (2, 2, 18, 2))


def _swin(name: str, doc: str | None, width: int, depths: tuple[int, int, int, int]) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", width, doc="Features of a token in the first stage; each later one has twice as many.",
               domain=whole(32, 192, 32))  # fmt: skip
    b.variable("head_width", 32, doc="Features of each attention head.", domain=one_of(16, 32))
    b.variable("window", 7, doc="Rows and columns of tokens that see each other.", domain=whole(2, 12))
    b.variable("ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("hybrid", False, doc="Whether every second block is one of MS-MLP, instead of one of shifted windows.",
               domain=one_of(False, True))  # fmt: skip
    b.variable("reach", 1, doc="Factor of every group's shift in MS-MLP's blocks.")
    b.variable("scale", 1e-6, doc="Weight of the branch of MS-MLP's blocks at the start.")
    mix_shift_block(b, "mix_shift")
    _blocks(b)
    _merge(b)
    x = b.add("patch_embed", "patch_embed", x, dim="=width", patch_size=4)
    x = b.add("patch_norm", "layer_norm", x)
    for stage, (depth, kernels) in enumerate(zip(depths, KERNELS, strict=True), 1):
        b.variable(f"depth{stage}", depth, doc=f"Blocks of stage {stage}.", domain=whole(1, 24))
        sizes: dict[str, Any] = {"width": f"=width * {2 ** (stage - 1)}", "rows": f"=image_size // {2 ** (stage + 1)}"}
        if stage > 1:
            x = b.add_group(f"merge{stage}", "merge", x, **sizes)
        x = b.add_group(f"stage{stage}", "layer", x, repeat=f"=depth{stage}", second="=i % 2", kernels=kernels, **sizes)
    classes_output(b, b.add("pool", "token_pool", b.add("norm", "layer_norm", x), kind="mean"))
    return b.build()


def _blocks(b: Builder) -> None:
    g = b.group("windows", doc="Attention inside windows and an MLP, each behind a layer norm, with shortcuts.",
                width=96, rows=56, shift=0)  # fmt: skip
    x = g.input("x")
    y = g.add("attn", "window_attention", g.add("norm1", "layer_norm", x), heads="=max(1, width // head_width)",
              rows="=rows", window="=window", shift="=shift")  # fmt: skip
    x = g.add("add1", "add", x, y)
    g.output("out", g.add("add2", "add", x, g.add("mlp", "mlp", g.add("norm2", "layer_norm", x), ratio="=ratio")))
    g = b.group("mixed", doc="MS-MLP's block over tokens.", width=96, rows=56, kernels=KERNELS[0])
    y = g.add("channels", "permute", g.input("x"), order=[2, 1])
    y = g.add_group(
        "block", "mix_shift", g.add("grid", "reshape", y, shape=["=width", "=rows", -1]), kernels="=kernels"
    )
    g.output("out", g.add("tokens", "permute", g.add("cells", "reshape", y, shape=["=width", -1]), order=[2, 1]))
    g = b.group("layer", doc="Windows; every second time they are shifted, or the block is MS-MLP's.",
                width=96, rows=56, second=0, kernels=KERNELS[0])  # fmt: skip
    kinds: dict[str, dict[str, Any]] = {
        "windows": {
            "group": "windows",
            "params": {"width": "=width", "rows": "=rows", "shift": "=second * (window // 2)"},
        },
        "mixed": {"group": "mixed", "params": {"width": "=width", "rows": "=rows", "kernels": "=kernels"}},
    }
    g.output("out", g.add_choice("block", "='mixed' if hybrid and second else 'windows'", kinds, g.input("x")))


def _merge(b: Builder) -> None:
    g = b.group("merge", doc="Joins each 2 × 2 tokens into one of twice the features; `rows` are those that result.",
                width=192, rows=28)  # fmt: skip
    x = g.add("cells", "reshape", g.input("x"), shape=["=rows", 2, "=rows", 2, "=width // 2"])
    x = g.add("fours", "permute", x, order=[1, 3, 4, 2, 5])
    x = g.add("norm", "layer_norm", g.add("join", "reshape", x, shape=["=rows * rows", "=2 * width"]))
    g.output("out", g.add("reduction", "linear", x, out_features="=width", bias=False))
