from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="relu",
    title="ReLU",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source("Vinod Nair, Geoffrey Hinton", "Rectified Linear Units Improve Restricted Boltzmann Machines", 2010),
    formula=Formula(r"y = \max(x,\, 0)"),
)
class ReLU(nn.ReLU):
    """Keeps positive values and makes negative ones zero.

    N ... -> the same.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.ReLU")
