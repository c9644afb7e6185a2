from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="elu",
    title="ELU",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source(
        "Djork-Arné Clevert, Thomas Unterthiner, Sepp Hochreiter",
        "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
        2016,
        "https://arxiv.org/abs/1511.07289",
    ),
    formula=Formula(r"y = \begin{cases} x & x > 0 \\ \alpha\,(e^{x} - 1) & x \le 0 \end{cases}", where="α is alpha."),
)
class ELU(nn.ELU):
    """Keeps positive values and lets negative ones level off at -alpha.

    N ... -> the same.
    """

    def __init__(
        self, alpha: Annotated[float, Range(0, 10), Doc("Minus the value very negative inputs come to.")] = 1.0
    ) -> None:
        super().__init__(alpha)

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall.of("nn.ELU", alpha=(self.alpha, 1.0))
