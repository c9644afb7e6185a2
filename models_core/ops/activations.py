"""Activation functions by name, for blocks that have one inside."""

from __future__ import annotations

from typing import Literal

from torch import nn

Activation = Literal["relu", "relu6", "gelu", "gelu_tanh", "silu", "mish", "hardswish", "sigmoid", "tanh", "identity"]


def make_activation(name: Activation) -> nn.Module:
    """The module of that name."""
    if name == "gelu_tanh":
        return nn.GELU("tanh")
    kinds = {
        "relu": nn.ReLU,
        "relu6": nn.ReLU6,
        "gelu": nn.GELU,
        "silu": nn.SiLU,
        "mish": nn.Mish,
        "hardswish": nn.Hardswish,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "identity": nn.Identity,
    }
    return kinds[name]()
