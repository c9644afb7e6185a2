"""Activator."""

from __future__ import annotations

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole


@register(
    "design",
    id="activator",
    family="mlp",
    title="Activator",
    tags=("image", "small"),
    small={"width": 32, "depth": 2},
    source=Source(
        "Abdullah Nazhat Abdullah, Tarkan Aydin",
        "Activator: GLU Activations as The Core Functions of a Vision Transformer",
        2024,
    ),
)
def activator() -> Design:
    """A vision transformer whose attention is a gated linear unit, along the tokens or along the channels.

    For images of 32 × 32 by default. With `feed_forward` off, the plain MLP of each block goes too.
    """
    b = Builder("activator", task="image_classification", doc=activator.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(32, 224, 16))
    b.variable("patch", 4, doc="Height and width of a patch.", domain=one_of(4, 8, 16))
    b.variable("width", 192, doc="Features of each token.", domain=whole(32, 768, 32))
    b.variable("depth", 6, doc="Number of blocks.", domain=whole(1, 24))
    b.variable("axis", "tokens", doc="What the gated unit mixes.", domain=one_of("tokens", "channels"))
    b.variable("gate", "swiglu", doc="Activation of the gate: silu, gelu, relu, sigmoid or none.",
               domain=one_of("swiglu", "geglu", "reglu", "glu", "bilinear"))  # fmt: skip
    b.variable("glu_ratio", 1, doc="Features inside the gated unit, for each that comes in.", domain=whole(1, 4))
    b.variable("feed_forward", True, doc="Whether blocks keep their MLP.", domain=one_of(True, False))
    b.variable("ratio", 4, doc="How many times wider that MLP is inside.", domain=one_of(1, 2, 3, 4))
    _gates(b)
    g = b.group("mix", doc="The gated unit behind a layer norm, with a shortcut around it.")
    y = g.input("x")
    axes = {"tokens": {"group": "over_tokens"}, "channels": {"group": "over_channels"}}
    z = g.add_choice("glu", "=axis", axes, g.add("norm", "layer_norm", y))
    g.output("out", g.add("add", "add", y, z))
    g = b.group("feed_forward", doc="The MLP behind a layer norm, with a shortcut around it.")
    y = g.input("x")
    z = g.add("mlp", "mlp", g.add("norm", "layer_norm", y), ratio="=ratio")
    g.output("out", g.add("add", "add", y, z))
    g = b.group("block", doc="A gated linear unit in place of attention, and perhaps an MLP.")
    y = g.add_group("mix", "mix", g.input("x"))
    g.output("out", g.add_group("mlp", "feed_forward", y, bypass="=not feed_forward"))
    x = b.add("patch_embed", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add("pos_embed", "learned_positions", x)
    x = b.add_group("blocks", "block", x, repeat="=depth")
    x = b.add("norm", "layer_norm", x)
    classes_output(b, b.add("pool", "token_pool", x, kind="mean"))
    return b.build()


def _gates(b: Builder) -> None:
    g = b.group("over_channels", doc="A gated linear unit over the channels of each token.")
    g.output("out", _glu(g, g.input("x"), "width"))
    g = b.group("over_tokens", doc="A gated linear unit over the tokens, shared by all channels.")
    y = _glu(g, g.add("to_tokens", "permute", g.input("x"), order=[2, 1]), "(image_size // patch) ** 2")
    g.output("out", g.add("to_channels", "permute", y, order=[2, 1]))


def _glu(g: GroupBuilder, x: Handle, size: str) -> Handle:
    return g.add("glu", "glu_mlp", x, hidden_features=f"={size} * glu_ratio", gate="=gate")
