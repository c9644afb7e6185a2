from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import InFeatures, Size
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, Traits, register


@register(
    "block",
    id="random_projection",
    family="basic",
    tags=("linear", "frozen", "random"),
    traits=Traits(nontrainable=True),
    source=Source(
        "Meng-Hsi Chen, Yu-Ang Lee, Feng-Ting Liao, Da-shan Shiu",
        "Rethinking the shape convention of an MLP",
        2025,
        "https://arxiv.org/abs/2510.01796",
    ),
    formula=Formula(r"y = R x", where="R is drawn once with variance 1 / in_features and never changes."),
)
class RandomProjection(nn.Module):
    """Multiplies the last dim by a matrix that is drawn at random once and never trained.

    N ... in_features -> N ... out_features. The matrix is kept with the weights.
    """

    matrix: Tensor

    def __init__(
        self,
        in_features: InFeatures,
        out_features: Annotated[Size, Doc("Features that go out.")],
    ) -> None:
        super().__init__()
        self.register_buffer("matrix", torch.randn(out_features, in_features) / in_features**0.5)

    def forward(self, x: Features) -> Features:
        return nn.functional.linear(x, self.matrix)
