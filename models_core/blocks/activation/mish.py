from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="mish",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source(
        "Diganta Misra",
        "Mish: A Self Regularized Non-Monotonic Activation Function",
        2020,
        "https://arxiv.org/abs/1908.08681",
    ),
    formula=Formula(r"y = x \tanh\left(\ln(1 + e^{x})\right)"),
)
class Mish(nn.Mish):
    """Weighs each value by the tanh of its softplus.

    N ... -> the same.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Mish")
