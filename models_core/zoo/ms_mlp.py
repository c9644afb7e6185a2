"""MS-MLP."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source(
    "Huangjie Zheng, Pengcheng He, Weizhu Chen, Mingyuan Zhou",
    "Mixing and Shifting: Exploiting Global and Local Dependencies in Vision MLPs",
    2022,
)
KERNELS = ([1, 1, 3, 5, 7], [1, 1, 3, 5, 5], [1, 1, 3, 3, 3], [1, 1, 1, 1, 3])
"""Kernels of the five groups of channels, by stage."""
SMALL = {"width": 32, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "image_size": 32}


@register("design", id="ms_mlp_tiny", family="mlp", title="MS-MLP-T", source=SOURCE, tags=("image",), small=SMALL)
def ms_mlp_tiny() -> Design:
    """Four stages of blocks that shift groups of channels, filter each by its own kernel, and mix channels by an MLP.

    For images of 224 × 224; 28.3 M parameters for a thousand classes.
    """
    return _ms_mlp("ms_mlp_tiny", ms_mlp_tiny.__doc__, width=96, depths=(3, 3, 9, 3))


@register("design", id="ms_mlp_base", family="mlp", title="MS-MLP-B", source=SOURCE, tags=("image",), small=SMALL)
def ms_mlp_base() -> Design:
    """Four stages of blocks that shift groups of channels, filter each by its own kernel, and mix channels by an MLP.

    For images of 224 × 224; wider and deeper than MS-MLP-T, 87.9 M parameters for a thousand classes.
    """
    return _ms_mlp("ms_mlp_base", ms_mlp_base.__doc__, width=128, depths=(3, 3, 27, 3))


def _ms_mlp(name: str, doc: str | None, *, width: int, depths: tuple[int, int, int, int]) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", width, doc="Channels of the first stage; each later one has twice as many.",
               domain=whole(32, 192, 32))  # fmt: skip
    b.variable("ratio", 4, doc="How many times wider the MLP over channels is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("reach", 1, doc="Factor of every group's shift; 0: none is shifted.", domain=one_of(0, 1, 2))
    b.variable("scale", 1e-6, doc="Weight of every branch at the start.", domain=real(1e-6, 1))
    mix_shift_block(b)
    _patches(b)
    x = b.add_group("patch_embed", "patches", x, width="=width", size=4)
    for stage, (depth, kernels) in enumerate(zip(depths, KERNELS, strict=True), 1):
        b.variable(f"depth{stage}", depth, doc=f"Blocks of stage {stage}.", domain=whole(1, 30))
        if stage > 1:
            x = b.add_group(f"downsample{stage}", "patches", x, width=f"=width * {2 ** (stage - 1)}", size=2)
        x = b.add_group(f"stage{stage}", "block", x, repeat=f"=depth{stage}", kernels=kernels)
    x = b.add("norm", "layer_norm", b.add("pool", "global_avg_pool", x), eps=1e-6)
    classes_output(b, x)
    return b.build()


def mix_shift_block(b: Builder, id: str = "block") -> None:
    """The group `id` with its parameter `kernels`; it needs the variables `ratio`, `reach` and `scale`."""
    g = b.group(id, doc="Shift and filter groups of channels, then mix all by an MLP; a shortcut around both.",
                kernels=[1, 1, 3, 5, 7])  # fmt: skip
    x = g.input("x")
    y = g.add("mix", "mix_shift2d", x, kernels="=kernels", shifts=[f"={shift} * reach" for shift in (-2, -1, 0, 1, 2)])
    y = g.add("to_last", "permute", y, order=[2, 3, 1])
    y = g.add("mlp", "mlp", g.add("norm", "layer_norm", y, eps=1e-6), ratio="=ratio")
    y = g.add("gamma", "layer_scale", y, init="=scale")
    y = g.add("to_first", "permute", y, order=[3, 1, 2])
    g.output("out", g.add("add", "add", x, y))


def _patches(b: Builder) -> None:
    g = b.group("patches", doc="Joins each `size` × `size` positions into one of `width` channels.", width=96, size=4)
    sizes: dict[str, Any] = {"kernel_size": "=size", "stride": "=size", "padding": 0}
    x = g.add("proj", "conv2d", g.input("x"), out_channels="=width", **sizes)
    g.output("out", g.add("norm", "layer_norm2d", x))
