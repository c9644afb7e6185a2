"""UniRepLKNet."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source(
    "Yiyuan Zhang, Xiaohan Ding, Xiangyu Yue",
    "Scaling Up Your Kernels: Large Kernel Design in ConvNets towards Universal Representations",
    2024,
)


@register(
    "design",
    id="unireplknet_a",
    family="cnn",
    title="UniRepLKNet-A",
    source=SOURCE,
    tags=("image", "imagenet", "large kernel"),
    small={"width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1},
)
def unireplknet_a() -> Design:
    """Few blocks with kernels of 13 × 13, each with small dilated ones beside it that merge into it after training.

    For images of 224 × 224; 4.65 M parameters for a thousand classes, 4.4 M once its branches are merged.
    """
    b = Builder("unireplknet_a", task="image_classification", doc=unireplknet_a.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", 40, doc="Channels of the first stage; each later one has twice as many.",
               domain=whole(16, 128, 8))  # fmt: skip
    b.variable("kernel", 13, doc="Size of the large kernels.", domain=one_of(5, 7, 9, 11, 13, 15, 17))
    b.variable("ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(2, 3, 4))
    b.variable("scale", 1e-6, doc="Weight of every block's branch at the start.", domain=real(1e-6, 1))
    _block(b)
    x = b.add("stem1", "conv2d", x, out_channels="=width // 2", kernel_size=3, stride=2, padding=1)
    x = b.add("act", "gelu", b.add("stem_norm1", "layer_norm2d", x))
    for stage, depth in enumerate((2, 2, 6, 2), 1):
        b.variable(f"depth{stage}", depth, doc=f"Blocks of stage {stage}.", domain=whole(1, 27))
        wide = f"=width * {2 ** (stage - 1)}"
        x = b.add(f"down{stage}", "conv2d", x, out_channels=wide, kernel_size=3, stride=2, padding=1)
        x = b.add(f"down_norm{stage}", "layer_norm2d", x)
        x = b.add_group(f"stage{stage}", "block", x, repeat=f"=depth{stage}", width=wide, large=stage > 1)
    x = b.add("norm", "layer_norm", b.add("pool", "global_avg_pool", x), eps=1e-6)
    classes_output(b, x)
    return b.build()


def _block(b: Builder) -> None:
    doc = "A depthwise filter, large or 3 × 3, a gate by channel means, an MLP whose channels compete; with a shortcut."
    g = b.group("block", doc=doc, width=40, large=True)
    x = g.input("x")
    kinds: dict[str, Any] = {
        "large": {"block": "dilated_reparam_conv2d", "params": {"kernel_size": "=kernel"}},
        "small": {"block": "depthwise_conv2d", "params": {"kernel_size": 3, "bias": False}},
    }
    y = g.add_choice("dwconv", "='large' if large else 'small'", kinds, x)
    y = g.add("se", "squeeze_excite", g.add("norm", "batch_norm", y), hidden_channels="=width // 4")
    y = g.add("fc1", "conv2d", y, out_channels="=width * ratio", kernel_size=1)
    y = g.add("grn", "global_response_norm", g.add("act", "gelu", y))
    y = g.add("fc2", "conv2d", y, out_channels="=width", kernel_size=1, bias=False)
    y = g.add("to_last", "permute", g.add("norm2", "batch_norm", y), order=[2, 3, 1])
    y = g.add("to_first", "permute", g.add("gamma", "layer_scale", y, init="=scale"), order=[3, 1, 2])
    g.output("out", g.add("add", "add", x, y))
