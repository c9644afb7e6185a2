from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import nn

from models_core.blocks._sizes import InFeatures
from models_core.ports import Features
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="layer_scale",
    family="regularization",
    tags=("residual", "transformer"),
    source=Source(
        "Hugo Touvron, Matthieu Cord, Alexandre Sablayrolles, Gabriel Synnaeve, Hervé Jégou",
        "Going Deeper with Image Transformers",
        2021,
        "https://arxiv.org/abs/2103.17239",
    ),
    formula=Formula(r"y_i = \gamma_i\, x_i", where="γ is learned; init at the start."),
)
class LayerScale(nn.Module):
    """Scales each feature of the last dim by a learned number that starts small.

    N ... D -> the same.
    """

    axes: ClassVar[dict[str, str]] = {"gamma": "D"}

    def __init__(
        self,
        dim: InFeatures,
        init: Annotated[float, Range(0, 10), Doc("Every factor at the start.")] = 1e-5,
    ) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), float(init)))

    def forward(self, x: Features) -> Features:
        return x * self.gamma
