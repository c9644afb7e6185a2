from __future__ import annotations

from typing import Annotated

from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from models_core.blocks._sizes import Epsilon, WideSize
from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Follows, Formula, Range, Source, register


@register(
    "block",
    id="batch_norm",
    family="normalization",
    tags=("norm", "bn"),
    source=Source(
        "Sergey Ioffe, Christian Szegedy",
        "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
        2015,
        "https://arxiv.org/abs/1502.03167",
    ),
    formula=Formula(
        r"y = \gamma_c \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \varepsilon}} + \beta_c",
        r"\bar{\mu}_c \leftarrow (1 - m)\, \bar{\mu}_c + m\, \mu_c",
        where=(
            "μ and σ² are of channel c over batch and positions in training; in evaluation they are the moving "
            "averages, which forget by m, momentum. ε is eps; γ and β are there if affine."
        ),
    ),
)
class BatchNorm(_BatchNorm):
    """Brings each channel to mean 0 and variance 1 over the batch and all positions, then scales and shifts it.

    N C, N C L, N C H W or N C D H W -> the same. In training it uses the batch's statistics and remembers their moving
    average, which it uses in evaluation.
    """

    def __init__(
        self,
        num_features: Annotated[WideSize, Follows("x", "C"), Doc("Channels: the first dim after the batch.")],
        eps: Annotated[Epsilon, Doc("Added to the variance, against division by zero.")] = 1e-5,
        momentum: Annotated[float, Range(0, 1), Doc("Weight of the newest batch in the moving average.")] = 0.1,
        affine: Annotated[bool, Doc("Whether a learned scale and shift follow.")] = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine)

    def _check_input_dim(self, input: Tensor) -> None:
        if not 2 <= input.dim() <= 5:
            raise ValueError(f"batch_norm takes 1 to 4 dims besides the batch, but got {list(input.shape[1:])}")

    def forward(self, x: Annotated[Tensor, Port("N C ...")]) -> Annotated[Tensor, Port("N C ...")]:
        return super().forward(x)

    def as_torch(self, rank: int | None = None) -> TorchCall | None:
        name = {2: "nn.BatchNorm1d", 3: "nn.BatchNorm1d", 4: "nn.BatchNorm2d", 5: "nn.BatchNorm3d"}.get(rank or 0)
        if name is None:
            return None
        return TorchCall.of(
            name,
            {"num_features": self.num_features},
            eps=(self.eps, 1e-5),
            momentum=(self.momentum, 0.1),
            affine=(self.affine, True),
        )
