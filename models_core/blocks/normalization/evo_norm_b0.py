from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Epsilon, InChannels
from models_core.ports import Image
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="evo_norm_b0",
    title="EvoNorm B0",
    family="normalization",
    tags=("norm", "activation", "image"),
    source=Source(
        "Hanxiao Liu, Andrew Brock, Karen Simonyan, Quoc Le",
        "Evolving Normalization-Activation Layers",
        2020,
        "https://arxiv.org/abs/2004.02967",
    ),
    formula=Formula(
        r"y = \gamma_c \frac{x}{\max\left(\sqrt{s_c^2 + \varepsilon},\; v_c\, x + \sqrt{t_c^2 + \varepsilon}\right)} "
        r"+ \beta_c",
        where=(
            "s² is the variance of channel c over batch and positions, in evaluation its moving average; t² is that of "
            "one sample over positions; v, γ, β are learned."
        ),
    ),
)
class EvoNormB0(nn.Module):
    """Normalizes and activates in one: x over the larger of its batch's deviation and of a line through itself.

    N C H W -> the same. In training it uses the batch's variance and remembers its moving average for evaluation.
    """

    running_var: Tensor
    axes: ClassVar[dict[str, str]] = {"weight": "C", "bias": "C", "v": "C"}

    def __init__(
        self,
        num_channels: InChannels,
        momentum: Annotated[float, Range(0, 1), Doc("Weight of the newest batch in the moving average.")] = 0.1,
        eps: Annotated[Epsilon, Doc("Added to the variances, against division by zero.")] = 1e-3,
    ) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(num_channels))
        self.bias = nn.Parameter(torch.zeros(num_channels))
        self.v = nn.Parameter(torch.ones(num_channels))
        self.register_buffer("running_var", torch.ones(num_channels))

    def forward(self, x: Image) -> Image:
        weight, bias, v = (one[:, None, None] for one in (self.weight, self.bias, self.v))
        variance = self.running_var
        if self.training:
            variance = x.var((0, 2, 3), unbiased=False)
            count = x.shape[0] * x.shape[2] * x.shape[3]
            with torch.no_grad():
                self.running_var.lerp_(variance.detach() * (count / max(1, count - 1)), self.momentum)
        batch = (variance + self.eps).sqrt()[:, None, None]
        own = (x.var((2, 3), unbiased=False, keepdim=True) + self.eps).sqrt()
        return x / torch.maximum(batch, v * x + own) * weight + bias
