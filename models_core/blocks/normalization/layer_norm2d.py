from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Bias, Epsilon, InChannels
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="layer_norm2d",
    title="Layer norm 2d",
    family="normalization",
    tags=("norm", "image", "ln"),
    source=Source(
        "Zhuang Liu, Hanzi Mao, Chao-Yuan Wu, Christoph Feichtenhofer, Trevor Darrell, Saining Xie",
        "A ConvNet for the 2020s",
        2022,
        "https://arxiv.org/abs/2201.03545",
    ),
    formula=Formula(
        r"y_c = \gamma_c \frac{x_c - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta_c",
        where=(
            "μ and σ² are over the channels at one position. ε is eps; γ and β are there if affine, β only with bias."
        ),
    ),
)
class LayerNorm2d(nn.LayerNorm):
    """Brings the channels at each position of an image to mean 0 and variance 1, then scales and shifts them.

    N C H W -> the same.
    """

    def __init__(
        self,
        num_channels: InChannels,
        eps: Annotated[Epsilon, Doc("Added to the variance, against division by zero.")] = 1e-6,
        affine: Annotated[bool, Doc("Whether a learned scale and shift follow.")] = True,
        bias: Bias = True,
    ) -> None:
        super().__init__(num_channels, eps, affine, bias)

    def forward(self, x: Image) -> Image:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
