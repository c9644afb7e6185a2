from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.ports import AnyTensor
from models_core.registry import Doc, Formula, Range, register


@register(
    "block",
    id="reshape",
    family="shape",
    tags=("view",),
    formula=Formula(
        r"\operatorname{vec}(y) = \operatorname{vec}(x)",
        where="The same numbers in the same order; the last dim runs fastest.",
    ),
)
class Reshape(nn.Module):
    """Gives each sample another shape with as many elements, read in the same order.

    N ... -> N shape. One dim may be -1: what is left over. Raises ValueError for more than one -1 or more than 7 dims.
    """

    mixes_positions = True

    def __init__(
        self,
        shape: Annotated[
            tuple[Annotated[int, Range(-1, 1 << 24)], ...], Doc("Dims without the batch; one may be -1: the rest.")
        ] = (-1,),
    ) -> None:
        super().__init__()
        shape = tuple(shape)
        if not 1 <= len(shape) <= 7 or shape.count(-1) > 1 or 0 in shape:
            raise ValueError(
                f"shape {list(shape)} is impossible; give 1 to 7 sizes of 1 or more, at most one of them -1"
            )
        self.shape = shape

    def forward(self, x: AnyTensor) -> AnyTensor:
        return x.reshape(x.shape[0], -1).unflatten(1, self.shape)

    def as_expression(self, x: str) -> str:
        return f"{x}.reshape({x}.shape[0], -1).unflatten(1, {self.shape})"
