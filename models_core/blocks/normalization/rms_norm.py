from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Epsilon, InFeatures
from models_core.declare import TorchCall
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="rms_norm",
    title="RMS norm",
    family="normalization",
    tags=("norm", "transformer"),
    source=Source(
        "Biao Zhang, Rico Sennrich", "Root Mean Square Layer Normalization", 2019, "https://arxiv.org/abs/1910.07467"
    ),
    formula=Formula(
        r"y_i = \gamma_i \frac{x_i}{\sqrt{\frac{1}{D} \sum_{j} x_j^2 + \varepsilon}}",
        where="ε is eps; γ is there if affine.",
    ),
)
class RMSNorm(nn.RMSNorm):
    """Divides the last dim of each position by its root mean square, then scales it.

    N ... D -> the same.
    """

    def __init__(
        self,
        dim: InFeatures,
        eps: Annotated[Epsilon, Doc("Added to the mean square, against division by zero.")] = 1e-6,
        affine: Annotated[bool, Doc("Whether a learned scale follows.")] = True,
    ) -> None:
        super().__init__(dim, eps, affine)

    def forward(self, x: Features) -> Features:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall.of(
            "nn.RMSNorm",
            {"normalized_shape": self.normalized_shape, "eps": self.eps},
            elementwise_affine=(self.elementwise_affine, True),
        )
