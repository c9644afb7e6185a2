from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import AnyTensor, Port
from models_core.registry import Formula, register


@register(
    "block",
    id="flatten",
    family="shape",
    formula=Formula(r"y_{(c H + i) W + j} = x_{c,i,j}", where="Written for an image: the last dim runs fastest."),
)
class Flatten(nn.Flatten):
    """Makes one vector of each sample.

    N ... -> N D, D the product of the dims.
    """

    mixes_positions = True

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: AnyTensor) -> Annotated[Tensor, Port("N D", dtype="any")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Flatten")
