from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from models_core.ports import Port, Sequence, Vector
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="token_pool",
    family="tokens",
    tags=("pooling", "sequence", "head"),
    formula=Formula(
        r"y = \frac{1}{n} \sum_{t} x_t, \qquad y = \max_{t} x_t, \qquad y = x_1, \qquad y = x_L",
        where=(
            "For kind mean, max, first, last; t runs over the n tokens whose mask is not 0, and x at L is the last of "
            "them."
        ),
    ),
)
class TokenPool(nn.Module):
    """Makes one vector of a sequence: its mean, its largest values, its first or its last token.

    N L D -> N D. With `mask` (N L), positions where it is 0 are left out; a sequence of padding alone counts as one
    whose first token is real.
    """

    mixes_positions = True

    def __init__(
        self,
        kind: Annotated[Literal["mean", "max", "first", "last"], Doc("What is kept of the sequence.")] = "mean",
    ) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: Sequence, mask: Annotated[Tensor, Port("N L", dtype="any")] | None = None) -> Vector:
        if self.kind == "first":
            return x[:, 0]
        if mask is None:
            if self.kind == "last":
                return x[:, -1]
            return x.mean(1) if self.kind == "mean" else x.amax(1)
        at = torch.arange(x.shape[1], device=x.device)
        real = mask.ne(0)
        last = (real * at).amax(1)
        if self.kind == "last":
            return x.gather(1, last[:, None, None].expand(-1, 1, x.shape[2])).squeeze(1)
        real = (real | ((last == 0)[:, None] & (at == 0))).unsqueeze(2)
        if self.kind == "max":
            return x.masked_fill(~real, float("-inf")).amax(1)
        return (x * real).sum(1) / real.sum(1)
