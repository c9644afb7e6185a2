from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Size
from models_core.ports import AnyTensor, Port
from models_core.registry import Doc, Formula, Range, register


@register(
    "block",
    id="constant",
    family="basic",
    formula=Formula(
        r"y = v",
        where="v has the given shape, and value everywhere (at first, if learned); x gives only the number of samples.",
    ),
)
class Constant(nn.Module):
    """Gives the same values for every sample, fixed or learned; `x` only says how many samples there are.

    N ... -> N shape. Raises ValueError if the shape has more than 2²⁴ elements.
    """

    def __init__(
        self,
        shape: Annotated[tuple[Size, ...], Doc("Dims of the values, without the batch.")] = (1,),
        value: Annotated[float, Range(-1e6, 1e6), Doc("What every element is, at first if learned.")] = 1.0,
        learned: Annotated[bool, Doc("Whether training changes the values.")] = False,
    ) -> None:
        super().__init__()
        elements = 1
        for size in shape:
            elements *= size
        if elements > 1 << 24 or len(shape) > 7:
            raise ValueError(f"a constant of shape {list(shape)} has {elements} elements; at most 16777216 in 7 dims")
        filled = torch.full((1, *shape), float(value))
        if learned:
            self.value = nn.Parameter(filled)
        else:
            self.register_buffer("value", filled, persistent=False)

    def forward(self, x: AnyTensor) -> Annotated[Tensor, Port("N ...")]:
        return self.value.expand(x.shape[0], *self.value.shape[1:])
