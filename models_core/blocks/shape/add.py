from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.ops.joining import check_same_rank
from models_core.ports import Port
from models_core.registry import Formula, register


@register(
    "block",
    id="add",
    family="shape",
    tags=("sum", "residual", "skip", "join"),
    formula=Formula(r"y = \sum_{k} x^{(k)}"),
)
class Add(nn.Module):
    """Adds tensors element by element; dims of size 1 are repeated to fit.

    Several N ... -> N ... . Raises ValueError if the numbers of dims differ.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, *xs: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        check_same_rank("add", xs)
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return total

    def as_expression(self, *xs: str) -> str:
        return " + ".join(xs)
