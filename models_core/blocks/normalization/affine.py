from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import nn

from models_core.blocks._sizes import InFeatures
from models_core.ports import Features
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="affine",
    family="normalization",
    tags=("norm", "mlp"),
    source=Source(
        "Hugo Touvron, Piotr Bojanowski, Mathilde Caron, Matthieu Cord and others",
        "ResMLP: Feedforward networks for image classification with data-efficient training",
        2021,
        "https://arxiv.org/abs/2105.03404",
    ),
    formula=Formula(r"y_i = \alpha_i\, x_i + \beta_i", where="α and β are learned, at first init and 0."),
)
class Affine(nn.Module):
    """Scales and shifts each feature of the last dim by learned numbers, without looking at any statistics.

    N ... D -> the same. It can take the place of a normalization; a matrix before or after it can absorb it.
    """

    axes: ClassVar[dict[str, str]] = {"alpha": "D", "beta": "D"}

    def __init__(
        self,
        dim: InFeatures,
        init: Annotated[float, Range(0, 10), Doc("Every factor at the start.")] = 1.0,
    ) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.full((dim,), float(init)))
        self.beta = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Features) -> Features:
        return x * self.alpha + self.beta
