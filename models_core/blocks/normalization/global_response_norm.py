from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import nn

from models_core.blocks._sizes import Bias, Epsilon, InChannels
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="global_response_norm",
    family="normalization",
    tags=("norm", "image", "grn", "gate"),
    source=Source(
        "Sanghyun Woo, Shoubhik Debnath, Ronghang Hu, Xinlei Chen, Zhuang Liu, In So Kweon, Saining Xie",
        "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders",
        2023,
        "https://arxiv.org/abs/2301.00808",
    ),
    formula=Formula(
        r"g_c = \sqrt{\sum_{i,j} x_{c,i,j}^2}, \quad n_c = \frac{g_c}{\frac{1}{C} \sum_k g_k + \varepsilon}",
        r"y_{c,i,j} = (1 + \gamma_c\, n_c)\, x_{c,i,j} + \beta_c",
        where="γ and β are learned and 0 at first, β only with bias; ε is eps.",
    ),
)
class GlobalResponseNorm(nn.Module):
    """Strengthens the channels of an image that respond more than others, so that channels differ.

    N C H W -> the same. It changes nothing at first.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"gamma": "C", "beta": "C"}

    def __init__(
        self,
        num_channels: InChannels,
        bias: Bias = True,
        eps: Annotated[Epsilon, Doc("Added to the mean response, against division by zero.")] = 1e-6,
    ) -> None:
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.zeros(num_channels))
        self.beta = nn.Parameter(torch.zeros(num_channels)) if bias else None

    def forward(self, x: Image) -> Image:
        # A norm's gradient where all is zero is no number; the root of a sum kept off zero has one.
        response = (x.square().sum((2, 3), keepdim=True) + self.eps**2).sqrt()
        relative = response / (response.mean(1, keepdim=True) + self.eps)
        y = x * (1 + self.gamma[:, None, None] * relative)
        return y if self.beta is None else y + self.beta[:, None, None]
