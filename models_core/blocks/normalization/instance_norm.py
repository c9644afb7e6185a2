from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Epsilon, WideSize
from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Follows, Formula, Source, register


@register(
    "block",
    id="instance_norm",
    family="normalization",
    tags=("norm", "style"),
    source=Source(
        "Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky",
        "Instance Normalization: The Missing Ingredient for Fast Stylization",
        2016,
        "https://arxiv.org/abs/1607.08022",
    ),
    formula=Formula(
        r"y = \gamma_c \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \varepsilon}} + \beta_c",
        where="μ and σ² are of channel c of one sample over its positions. ε is eps; γ and β are there if affine.",
    ),
)
class InstanceNorm(nn.modules.instancenorm._InstanceNorm):
    """Brings each channel of each sample to mean 0 and variance 1 over its positions.

    N C L, N C H W or N C D H W -> the same.
    """

    def __init__(
        self,
        num_features: Annotated[WideSize, Follows("x", "C"), Doc("Channels: the first dim after the batch.")],
        eps: Annotated[Epsilon, Doc("Added to the variance, against division by zero.")] = 1e-5,
        affine: Annotated[bool, Doc("Whether a learned scale and shift follow.")] = False,
    ) -> None:
        super().__init__(num_features, eps, affine=affine)

    def forward(self, x: Annotated[Tensor, Port("N C L ...")]) -> Annotated[Tensor, Port("N C L ...")]:
        return nn.functional.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)

    def as_torch(self, rank: int | None = None) -> TorchCall | None:
        name = {3: "nn.InstanceNorm1d", 4: "nn.InstanceNorm2d", 5: "nn.InstanceNorm3d"}.get(rank or 0)
        if name is None:
            return None
        features = {"num_features": self.num_features}
        return TorchCall.of(name, features, eps=(self.eps, 1e-5), affine=(self.affine, False))
