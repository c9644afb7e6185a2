from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="leaky_relu",
    title="Leaky ReLU",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source(
        "Andrew Maas, Awni Hannun, Andrew Ng", "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013
    ),
    formula=Formula(r"y = \begin{cases} x & x > 0 \\ a\,x & x \le 0 \end{cases}", where="a is negative_slope."),
)
class LeakyReLU(nn.LeakyReLU):
    """Keeps positive values and scales negative ones down.

    N ... -> the same.
    """

    def __init__(self, negative_slope: Annotated[float, Range(0, 1), Doc("Factor of negative values.")] = 0.01) -> None:
        super().__init__(negative_slope)

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall.of("nn.LeakyReLU", negative_slope=(self.negative_slope, 0.01))
