from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Formula, register


@register(
    "block",
    id="tanh",
    family="activation",
    tags=("activation", "nonlinearity"),
    formula=Formula(r"y = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}"),
)
class Tanh(nn.Tanh):
    """Squeezes values between -1 and 1.

    N ... -> the same.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Tanh")
