from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Epsilon, Size
from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Follows, Formula, Source, register


@register(
    "block",
    id="group_norm",
    family="normalization",
    tags=("norm", "gn"),
    source=Source("Yuxin Wu, Kaiming He", "Group Normalization", 2018, "https://arxiv.org/abs/1803.08494"),
    formula=Formula(
        r"y = \gamma_c \frac{x - \mu_g}{\sqrt{\sigma_g^2 + \varepsilon}} + \beta_c",
        where=(
            "μ and σ² are of one sample over the channels of group g and all positions. ε is eps; γ and β are there if "
            "affine."
        ),
    ),
)
class GroupNorm(nn.GroupNorm):
    """Brings each group of channels of each sample to mean 0 and variance 1, then scales and shifts each channel.

    N C ... -> the same. Raises ValueError if groups do not divide the channels.
    """

    def __init__(
        self,
        num_channels: Annotated[Size, Follows("x", "C"), Doc("Channels: the first dim after the batch.")],
        num_groups: Annotated[Size, Doc("Groups of channels that share a mean; 1: all of them.")] = 8,
        eps: Annotated[Epsilon, Doc("Added to the variance, against division by zero.")] = 1e-5,
        affine: Annotated[bool, Doc("Whether a learned scale and shift follow.")] = True,
    ) -> None:
        if num_channels % num_groups:
            raise ValueError(f"{num_groups} groups do not divide {num_channels} channels; choose a divisor of them")
        super().__init__(num_groups, num_channels, eps, affine)

    def forward(self, x: Annotated[Tensor, Port("N C ...")]) -> Annotated[Tensor, Port("N C ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        sizes = {"num_groups": self.num_groups, "num_channels": self.num_channels}
        return TorchCall.of("nn.GroupNorm", sizes, eps=(self.eps, 1e-5), affine=(self.affine, True))
