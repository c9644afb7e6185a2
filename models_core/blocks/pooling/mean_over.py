from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Dim
from models_core.ops.dims import check_not_batch
from models_core.ports import Port
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="mean_over",
    family="pooling",
    tags=("reduce", "average"),
    formula=Formula(r"y = \frac{1}{n} \sum_{i=1}^{n} x_i", where="i runs along dim, whose size is n."),
)
class MeanOver(nn.Module):
    """Averages over one dim.

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

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return x.mean(self.dim, keepdim=self.keepdim)

    def as_expression(self, x: str) -> str:
        return f"{x}.mean({self.dim}{', keepdim=True' if self.keepdim else ''})"
