from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.ports import Port, Vector
from models_core.registry import Formula, register


@register(
    "block",
    id="global_max_pool",
    family="pooling",
    tags=("pooling", "image", "head"),
    formula=Formula(r"y_c = \max_{p}\; x_{c,p}", where="p runs over all positions."),
)
class GlobalMaxPool(nn.Module):
    """Keeps the largest value of each channel.

    N C ... -> N C.
    """

    mixes_positions = True

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N C ...")]) -> Vector:
        return x.flatten(2).amax(2)

    def as_expression(self, x: str) -> str:
        return f"{x}.flatten(2).amax(2)"
