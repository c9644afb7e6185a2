from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="silu",
    title="SiLU",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source(
        "Stefan Elfwing, Eiji Uchibe, Kenji Doya",
        "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning",
        2018,
        "https://arxiv.org/abs/1702.03118",
    ),
    formula=Formula(r"y = x\,\sigma(x) = \frac{x}{1 + e^{-x}}"),
)
class SiLU(nn.SiLU):
    """Weighs each value by its own sigmoid; also called swish.

    N ... -> the same.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.SiLU")
