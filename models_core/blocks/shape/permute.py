from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.ports import AnyTensor
from models_core.registry import Doc, Formula, Range, register


@register(
    "block",
    id="permute",
    family="shape",
    tags=("transpose",),
    formula=Formula(r"y_{i_{\pi(1)},\, \dots,\, i_{\pi(r)}} = x_{i_1,\, \dots,\, i_r}", where="π is order."),
)
class Permute(nn.Module):
    """Puts the dims of each sample into another order.

    `order` names the dims from 1, the first after the batch: (2, 1) makes N D L of N L D, (3, 1, 2) makes N C H W of
    N H W C. Raises ValueError if a dim is missing or named twice.
    """

    def __init__(
        self,
        order: Annotated[
            tuple[Annotated[int, Range(1, 7)], ...], Doc("The new order of the dims, counted from 1; the batch stays.")
        ] = (2, 1),
    ) -> None:
        super().__init__()
        order = tuple(order)
        if sorted(order) != list(range(1, len(order) + 1)) or not order:
            raise ValueError(f"order {list(order)} must name each dim from 1 to {max(len(order), 1)} exactly once")
        self.order = order

    def forward(self, x: AnyTensor) -> AnyTensor:
        return x.permute(0, *self.order)

    def as_expression(self, x: str) -> str:
        return f"{x}.permute(0, {', '.join(map(str, self.order))})"
