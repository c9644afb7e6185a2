"""Sequencer."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole

SOURCE = Source("Yuki Tatsunami, Masato Taki", "Sequencer: Deep LSTM for Image Classification", 2022)
SMALL = {"image_size": 28, "width": 32, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}


@register(
    "design", id="sequencer2d_s", small=SMALL, family="recurrent", title="Sequencer2D-S", source=SOURCE, tags=("image",)
)
def sequencer2d_s() -> Design:
    """Mixes pixels by LSTMs that read rows and columns, in place of attention: 18 blocks.

    For images of 224 × 224; 27,651,688 parameters for a thousand classes.
    """
    return _sequencer("sequencer2d_s", sequencer2d_s.__doc__, (4, 3, 8, 3))


@register(
    "design", id="sequencer2d_m", small=SMALL, family="recurrent", title="Sequencer2D-M", source=SOURCE, tags=("image",)
)
def sequencer2d_m() -> Design:
    """Mixes pixels by LSTMs that read rows and columns, in place of attention: 24 blocks.

    For images of 224 × 224; 38 M parameters for a thousand classes.
    """
    return _sequencer("sequencer2d_m", sequencer2d_m.__doc__, (4, 3, 14, 3))


@register(
    "design", id="sequencer2d_l", small=SMALL, family="recurrent", title="Sequencer2D-L", source=SOURCE, tags=("image",)
)
def sequencer2d_l() -> Design:
    """Mixes pixels by LSTMs that read rows and columns, in place of attention: 36 blocks.

    For images of 224 × 224; 54,298,216 parameters for a thousand classes.
    """
    return _sequencer("sequencer2d_l", sequencer2d_l.__doc__, (8, 8, 16, 4))


def _sequencer(name: str, doc: str | None, depths: tuple[int, int, int, int]) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(28, 448, 14))
    b.variable(
        "width", 192, doc="Channels of the first stage; later ones have twice as many.", domain=whole(32, 384, 32)
    )
    b.variable("mlp_ratio", 3, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    for at, depth in enumerate(depths, 1):
        b.variable(f"depth{at}", depth, doc=f"Blocks of stage {at}.", domain=whole(1, 24))
    g = b.group("block", doc="LSTMs over rows and columns, then an MLP, each behind a norm, with a shortcut around it.")
    y = g.input("x")
    z = g.add("rnn_tokens", "lstm2d", g.add("norm1", "layer_norm2d", y, eps=1e-6))
    y = g.add("add1", "add", y, z)
    z = g.add("to_last", "permute", g.add("norm2", "layer_norm2d", y, eps=1e-6), order=[2, 3, 1])
    z = g.add("to_first", "permute", g.add("mlp_channels", "mlp", z, ratio="=mlp_ratio"), order=[3, 1, 2])
    g.output("out", g.add("add2", "add", y, z))
    x = b.add("stem", "conv2d", x, out_channels="=width", kernel_size=7, stride=7, padding=0)
    for at in range(1, 5):
        x = b.add_group(f"stage{at}", "block", x, repeat=f"=depth{at}")
        if at < 4:
            side = 2 if at == 1 else 1
            x = b.add(f"down{at}", "conv2d", x, out_channels="=2 * width", kernel_size=side, stride=side, padding=0)
    x = b.add("norm", "layer_norm2d", x, eps=1e-6)
    classes_output(b, b.add("pool", "global_avg_pool", x))
    return b.build()
