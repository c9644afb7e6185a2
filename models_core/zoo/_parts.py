"""Groups and inputs that several designs are made of."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Handle

ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "sigmoid", "leaky_relu", "mish", "hardswish")


def whole(low: int, high: int, step: int = 1) -> dict[str, Any]:
    """The domain of whole numbers from `low` to `high`."""
    return {"type": "int", "min": low, "max": high, "step": step}


def real(low: float, high: float) -> dict[str, Any]:
    """The domain of numbers from `low` to `high`."""
    return {"type": "float", "min": low, "max": high}


def one_of(*values: Any) -> dict[str, Any]:
    """The domain of a few values."""
    return {"type": "choice", "values": list(values)}


def activation_choice(*names: str) -> dict[str, dict[str, Any]]:
    """The alternatives of a choice node that is one of these activations."""
    return {name: {"block": name} for name in names}


def image_input(b: Builder, size: int, *, channels: int, classes: int, domain: dict[str, Any]) -> Handle:
    """A square image whose side is a variable; nominal facts of images and labels."""
    b.facts(image={"channels": channels}, label={"classes": classes})
    b.variable("image_size", size, doc="Height and width that images are resized to.", domain=domain)
    return b.input("image", "image", C="=facts.image.channels", H="=image_size", W="=image_size")


def tokens_input(b: Builder, length: int) -> Handle:
    """A sequence of bytes as long as the data says; nominally `length`."""
    b.facts(text={"vocab": 256, "length": length})
    return b.input("tokens", "tokens", L="=facts.text.length")


def classes_output(b: Builder, x: Handle, id: str = "head") -> None:
    """A linear head with one logit per class."""
    b.output("logits", b.add(id, "linear", x, out_features="=facts.label.classes"))


def conv_norm_act(b: Builder) -> None:
    """The group `conv_unit`: convolution, batch norm, relu."""
    g = b.group("conv_unit", doc="Convolution, batch norm, relu.", width=64, kernel=3, stride=1, bias=True)
    x = g.add(
        "conv", "conv2d", g.input("x"), out_channels="=width", kernel_size="=kernel", stride="=stride", bias="=bias"
    )
    g.output("out", g.add("act", "relu", g.add("bn", "batch_norm", x)))


def transformer_block(b: Builder, *, masked: bool = False, causal: bool = False, eps: float = 1e-6) -> None:
    """The group `block`: attention and MLP, each behind a layer norm and around it a shortcut."""
    g = b.group(
        "block",
        doc="Attention and MLP, each behind a layer norm, with a shortcut around it.",
        heads="=heads",
        ratio="=mlp_ratio",
        drop="=dropout",
    )
    x = g.input("x")
    extra: dict[str, Any] = {"inputs": {"mask": g.input("mask")}} if masked else {}
    y = g.add("norm1", "layer_norm", x, eps=eps)
    y = g.add("attn", "self_attention", y, heads="=heads", causal=causal, **extra)
    y = g.add("drop1", "dropout", y, p="=drop", bypass="=drop == 0")
    x = g.add("add1", "add", x, y)
    y = g.add("norm2", "layer_norm", x, eps=eps)
    y = g.add("mlp", "mlp", y, ratio="=ratio")
    y = g.add("drop2", "dropout", y, p="=drop", bypass="=drop == 0")
    g.output("out", g.add("add2", "add", x, y))


def transformer_variables(
    b: Builder, *, width: int, depth: int, head_width: int, dropout: float, widths: dict[str, Any]
) -> None:
    """Width, depth, heads and dropout of a transformer; heads follow the width, so that they always divide it."""
    b.variable("width", width, doc="Features of each token.", domain=widths)
    b.variable("depth", depth, doc="Number of transformer blocks.", domain=whole(1, 24))
    b.variable("head_width", head_width, doc="Features of each attention head.", domain=one_of(16, 32, 64))
    b.variable("heads", "=max(1, width // head_width)", doc="Attention heads of each block.")
    b.variable("mlp_ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("dropout", dropout, doc="Share of values dropped in training.", domain=real(0, 0.5))
