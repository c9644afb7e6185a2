"""AsCAN: convolutions early, attention late."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole

LAYOUT = "CCCC-CCCT-CCTT-TTTT"


def stages_of(layout: str) -> dict[str, str]:
    """The variables of a layout such as `CCCC-CCCT-CCTT-TTTT`, C a convolutional unit and T a transformer.

    Raises ValueError if it does not have four stages of these letters.
    """
    stages = layout.split("-")
    if len(stages) != 4 or not all(stages) or set(layout) - set("CT-"):
        raise ValueError(f"layout {layout!r} is not four stages of C and T, such as {LAYOUT}")
    return {f"stage{at}": stage for at, stage in enumerate(stages, 1)}


@register(
    "design",
    id="ascan",
    family="hybrid",
    title="AsCAN",
    source=Source(
        "Anil Kag, Huseyin Coskun, Jierun Chen, Junli Cao, Willi Menapace, Aliaksandr Siarohin, Sergey Tulyakov, "
        "Jian Ren",
        "AsCAN: Asymmetric Convolution-Attention Networks for Efficient Recognition and Generation",
        2024,
    ),
    tags=("image", "imagenet", "hybrid", "transformer"),
    small={"width": 16, "head_width": 16, "stage1": "C", "stage2": "CT", "stage3": "T", "stage4": "T"},
)
def ascan() -> Design:
    """Four stages of units that are inverted bottlenecks or transformers, as a word for each stage spells it.

    For images of 224 × 224; 41,264,278 parameters for a thousand classes and 5.6 G MACs. C is a convolutional unit and
    T one with attention over all positions; there is more of it from stage to stage, as positions become fewer.
    """
    b = Builder("ascan", task="image_classification", doc=ascan.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 384, 32))
    b.variable("width", 96, doc="Channels of the first stage; each later one has twice as many.",
               domain=whole(16, 192, 16))  # fmt: skip
    b.variable("head_width", 32, doc="Features of each attention head.", domain=one_of(16, 32))
    b.variable("ratio", 4, doc="How many times wider units are inside.", domain=one_of(2, 3, 4))
    b.variable("fused", False, doc="Whether a convolutional unit widens and filters by one 3 × 3 convolution.",
               domain=one_of(False, True))  # fmt: skip
    _norm_act(b)
    _convolutional(b)
    _transformer(b)
    units = {
        "C": {"group": "convolutional", "params": {"width": "=width"}},
        "T": {"group": "transformer", "params": {"width": "=width", "side": "=side"}},
    }
    g = b.group("unit", doc="A convolutional unit (C) or a transformer (T).", kind="C", width=96, side=56)
    g.output("out", g.add_choice("block", "=kind", units, g.input("x")))
    x = b.add_group("stem", "filter", x, width="=width", stride=2)
    for at, (name, letters) in enumerate(stages_of(LAYOUT).items(), 1):
        b.variable(name, letters, doc=f"Units of stage {at}, a letter each.",
                   domain=one_of("CCCC", "CCCT", "CCTT", "CTTT", "TTTT"))  # fmt: skip
        sizes: dict[str, Any] = {"width": f"=width * {2 ** (at - 1)}", "side": f"=image_size // {2 ** (at + 1)}"}
        x = b.add_group(f"down{at}", "filter", x, width=sizes["width"], stride=2, active=False)
        x = b.add_group(f"units{at}", "unit", x, repeat=f"=len({name})", kind=f"={name}[i]", **sizes)
    x = b.add("norm", "layer_norm2d", x)
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()


def _norm_act(b: Builder) -> None:
    g = b.group("filter", doc="Convolution, batch norm, and GELU if active.",
                width=96, kernel=3, stride=1, active=True)  # fmt: skip
    y = g.add(
        "conv", "conv2d", g.input("x"), out_channels="=width", kernel_size="=kernel", stride="=stride", bias=False
    )
    g.output("out", g.add("act", "gelu", g.add("bn", "batch_norm", y), bypass="=not active"))


def _convolutional(b: Builder) -> None:
    g = b.group("convolutional", doc="Widens, filters each channel, weighs channels, narrows; with a shortcut.",
                width=96)  # fmt: skip
    x = g.input("x")
    y = g.add_group("widen", "filter", x, width="=width * ratio", kernel="=3 if fused else 1")
    z = g.add("conv_dw", "depthwise_conv2d", y, kernel_size=3, bias=False, bypass="=fused")
    z = g.add("bn_dw", "batch_norm", z, bypass="=fused")
    z = g.add("act_dw", "gelu", z, bypass="=fused")
    z = g.add("gate", "squeeze_excite", z, hidden_channels="=max(1, width // 4)", activation="silu")
    z = g.add_group("narrow", "filter", z, width="=width", kernel=1, active=False)
    g.output("out", g.add("add", "add", x, z))


def _transformer(b: Builder) -> None:
    doc = "Attention over all positions with a bias for each offset, then an MLP; shortcuts around both."
    g = b.group("transformer", doc=doc, width=96, side=56)
    y = g.add("flat", "reshape", g.input("x"), shape=["=width", -1])
    y = _branch(g, g.add("tokens", "permute", y, order=[2, 1]), "attn", "relative_bias_attention",
                heads="=max(1, width // head_width)")  # fmt: skip
    y = _branch(g, y, "mlp", "mlp", ratio="=ratio")
    y = g.add("channels", "permute", y, order=[2, 1])
    g.output("out", g.add("image", "reshape", y, shape=["=width", "=side", "=side"]))


def _branch(g: GroupBuilder, x: Handle, id: str, block: str, **params: Any) -> Handle:
    y = g.add(id, block, g.add(f"norm_{id}", "layer_norm", x, eps=1e-6), **params)
    return g.add(f"add_{id}", "add", x, y)
