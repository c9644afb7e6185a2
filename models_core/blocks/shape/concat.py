from __future__ import annotations

from typing import Annotated

import torch
from torch import nn

from models_core.blocks._sizes import Dim
from models_core.ops.dims import check_not_batch
from models_core.ops.joining import check_same_rank
from models_core.ports import AnyTensor
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="concat",
    family="shape",
    tags=("join", "cat"),
    formula=Formula(r"y = \left[\, x^{(1)},\, x^{(2)},\, \dots \,\right]", where="One behind the other along dim."),
)
class Concat(nn.Module):
    """Puts tensors one behind the other along one dim; all other dims must agree.

    Several N ... -> N ... . Raises ValueError if the numbers of dims differ.
    """

    def __init__(
        self,
        dim: Annotated[Dim, Doc("The dim, counted from 0, the batch; negative from the end.")] = 1,
    ) -> None:
        super().__init__()
        self.dim = check_not_batch(dim)

    def forward(self, *xs: AnyTensor) -> AnyTensor:
        check_same_rank("concat", xs)
        return torch.cat(xs, self.dim)

    def as_expression(self, *xs: str) -> str:
        return f"torch.cat([{', '.join(xs)}], dim={self.dim})"
