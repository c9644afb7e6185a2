from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import nn

from models_core.blocks._sizes import Epsilon, InChannels, Size
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="evo_norm_s0",
    small={"groups": 4},
    title="EvoNorm S0",
    family="normalization",
    tags=("norm", "activation", "image"),
    source=Source(
        "Hanxiao Liu, Andrew Brock, Karen Simonyan, Quoc Le",
        "Evolving Normalization-Activation Layers",
        2020,
        "https://arxiv.org/abs/2004.02967",
    ),
    formula=Formula(
        r"y = \gamma_c \frac{x\, \sigma(v_c\, x)}{\sqrt{s_g^2 + \varepsilon}} + \beta_c",
        where="s² is the variance of one sample over the channels of group g and all positions; v, γ, β are learned.",
    ),
)
class EvoNormS0(nn.Module):
    """Normalizes and activates in one: x gated by itself, over the deviation of its group of channels.

    N C H W -> the same; no sample sees another, and training is as evaluation. Raises ValueError if groups do not
    divide the channels.
    """

    axes: ClassVar[dict[str, str]] = {"weight": "C", "bias": "C", "v": "C"}

    def __init__(
        self,
        num_channels: InChannels,
        groups: Annotated[Size, Doc("Groups of channels that share a deviation.")] = 8,
        eps: Annotated[Epsilon, Doc("Added to the variance, against division by zero.")] = 1e-5,
    ) -> None:
        super().__init__()
        if num_channels % groups:
            raise ValueError(f"{groups} groups do not divide {num_channels} channels; choose a divisor")
        self.groups, self.eps = groups, eps
        self.weight = nn.Parameter(torch.ones(num_channels))
        self.bias = nn.Parameter(torch.zeros(num_channels))
        self.v = nn.Parameter(torch.ones(num_channels))

    def forward(self, x: Image) -> Image:
        weight, bias, v = (one[:, None, None] for one in (self.weight, self.bias, self.v))
        parts = x.unflatten(1, (self.groups, -1))
        deviation = (parts.var((2, 3, 4), unbiased=False, keepdim=True) + self.eps).sqrt()
        gated = (x * (v * x).sigmoid()).unflatten(1, (self.groups, -1))
        return (gated / deviation).flatten(1, 2) * weight + bias
