from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Bias, Epsilon, InFeatures
from models_core.declare import TorchCall
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="layer_norm",
    family="normalization",
    tags=("norm", "transformer", "ln"),
    source=Source(
        "Jimmy Lei Ba, Jamie Ryan Kiros, Geoffrey Hinton",
        "Layer Normalization",
        2016,
        "https://arxiv.org/abs/1607.06450",
    ),
    formula=Formula(
        r"y_i = \gamma_i \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta_i",
        where="μ and σ² are over the last dim. ε is eps; γ and β are there if affine, β only with bias.",
    ),
)
class LayerNorm(nn.LayerNorm):
    """Brings the last dim of each position to mean 0 and variance 1, then scales and shifts it.

    N ... D -> the same. For the channels of an image use layer_norm2d.
    """

    def __init__(
        self,
        dim: InFeatures,
        eps: Annotated[Epsilon, Doc("Added to the variance, against division by zero.")] = 1e-5,
        affine: Annotated[bool, Doc("Whether a learned scale and shift follow.")] = True,
        bias: Bias = True,
    ) -> None:
        super().__init__(dim, eps, affine, bias)

    def forward(self, x: Features) -> Features:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall.of(
            "nn.LayerNorm",
            {"normalized_shape": self.normalized_shape},
            eps=(self.eps, 1e-5),
            elementwise_affine=(self.elementwise_affine, True),
            bias=(self.bias is not None or not self.elementwise_affine, True),
        )
