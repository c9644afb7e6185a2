from __future__ import annotations

from typing import Annotated, NamedTuple

from torch import nn

from models_core.blocks._sizes import Dim, WideSize
from models_core.ops.dims import check_not_batch
from models_core.ports import AnyTensor
from models_core.registry import Doc, Formula, register


class Parts(NamedTuple):
    """The two parts of a tensor."""

    first: AnyTensor
    second: AnyTensor


@register(
    "block",
    id="split",
    family="shape",
    tags=("chunk", "branch"),
    formula=Formula(
        r"y_1 = x_{0 \,\dots\, s - 1}, \quad y_2 = x_{s \,\dots\, n - 1}",
        where="Along dim, whose size is n; s is size, or half of n rounded up.",
    ),
)
class Split(nn.Module):
    """Cuts a tensor in two along one dim.

    N ... -> two of N ..., the first of `size` (half of the dim, rounded up, if empty) and the second of the rest.
    Raises ValueError for dim 0 and if nothing is left for the second part.
    """

    def __init__(
        self,
        dim: Annotated[Dim, Doc("The dim, counted from 0, the batch; negative from the end.")] = 1,
        size: Annotated[WideSize | None, Doc("Size of the first part; empty: half.")] = None,
    ) -> None:
        super().__init__()
        self.dim, self.size = check_not_batch(dim), size

    def forward(self, x: AnyTensor) -> Parts:
        whole = x.shape[self.dim]
        size = (whole + 1) // 2 if self.size is None else self.size
        if size >= whole:
            raise ValueError(f"dim {self.dim} has size {whole}, so a first part of {size} leaves nothing")
        return Parts(x.narrow(self.dim, 0, size), x.narrow(self.dim, size, whole - size))
