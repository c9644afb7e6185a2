from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="relu6",
    title="ReLU6",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source("Alex Krizhevsky", "Convolutional Deep Belief Networks on CIFAR-10", 2010),
    formula=Formula(r"y = \min(\max(x,\, 0),\, 6)"),
)
class ReLU6(nn.ReLU6):
    """Cuts values off below 0 and above 6.

    N ... -> the same.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.ReLU6")
