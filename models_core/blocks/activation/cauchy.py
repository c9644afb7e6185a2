from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import nn

from models_core.blocks._sizes import InFeatures
from models_core.ports import Features
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="cauchy",
    family="activation",
    tags=("learned", "xnet"),
    source=Source(
        "Xin Li, Zhihong Jeff Xia, Xiaotao Zheng",
        "Model Comparisons: XNet Outperforms KAN",
        2024,
        "https://arxiv.org/abs/2410.02033",
    ),
    formula=Formula(
        r"y = \frac{\lambda_1 x + \lambda_2}{x^2 + d^2}",
        where="λ₁, λ₂ and d are learned, once for all features or for each.",
    ),
)
class Cauchy(nn.Module):
    """Divides a learned line by a learned bell: an activation that is largest near zero and fades far from it.

    N ... D -> the same.
    """

    axes: ClassVar[dict[str, str]] = {"line": "D", "offset": "D", "width": "D"}

    def __init__(
        self,
        dim: InFeatures,
        per: Annotated[Literal["layer", "feature"], Doc("What has three numbers of its own.")] = "feature",
        width: Annotated[float, Range(0.01, 100), Doc("d at the start.")] = 1.0,
    ) -> None:
        super().__init__()
        count = 1 if per == "layer" else dim
        self.line = nn.Parameter(torch.ones(count))
        self.offset = nn.Parameter(torch.ones(count))
        self.width = nn.Parameter(torch.full((count,), float(width)))

    def forward(self, x: Features) -> Features:
        return (self.line * x + self.offset) / (x.square() + self.width.square())
