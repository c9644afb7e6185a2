from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Dim
from models_core.ops.dims import check_not_batch
from models_core.ports import AnyTensor
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="max_over",
    family="pooling",
    tags=("reduce",),
    formula=Formula(r"y = \max_{i}\; x_i", where="i runs along dim."),
)
class MaxOver(nn.Module):
    """Keeps the largest value along one dim.

    N ... -> N ... without that dim, or with it at size 1. Raises ValueError for dim 0, the batch.
    """

    mixes_positions = True

    def __init__(
        self,
        dim: Annotated[Dim, Doc("The dim, counted from 0, the batch; negative from the end.")] = 1,
        keepdim: Annotated[bool, Doc("Whether the dim stays, with size 1.")] = False,
    ) -> None:
        super().__init__()
        self.dim, self.keepdim = check_not_batch(dim), keepdim

    def forward(self, x: AnyTensor) -> AnyTensor:
        return x.amax(self.dim, keepdim=self.keepdim)

    def as_expression(self, x: str) -> str:
        return f"{x}.amax({self.dim}{', keepdim=True' if self.keepdim else ''})"
