from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Dim
from models_core.declare import TorchCall
from models_core.ops.dims import check_not_batch
from models_core.ports import Port
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="softmax",
    family="activation",
    tags=("probability",),
    formula=Formula(r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}", where="i and j run along dim."),
)
class Softmax(nn.Softmax):
    """Turns the values along one dim into positive numbers that sum to 1.

    N ... -> the same. Raises ValueError for dim 0, the batch. Training wants the values before it (logits).
    """

    def __init__(
        self,
        dim: Annotated[Dim, Doc("The dim, counted from 0, the batch; negative from the end.")] = -1,
    ) -> None:
        super().__init__(check_not_batch(dim))

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Softmax", {"dim": self.dim})
