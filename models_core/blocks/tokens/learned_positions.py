from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import nn

from models_core.blocks._sizes import Width
from models_core.ports import Sequence
from models_core.registry import Doc, Follows, Formula, Range, Source, register


@register(
    "block",
    id="learned_positions",
    family="tokens",
    tags=("transformer", "position"),
    source=Source(
        "Jonas Gehring, Michael Auli, David Grangier, Denis Yarats, Yann Dauphin",
        "Convolutional Sequence to Sequence Learning",
        2017,
        "https://arxiv.org/abs/1705.03122",
    ),
    formula=Formula(r"y_t = x_t + w_t", where="w is learned."),
)
class LearnedPositions(nn.Module):
    """Adds a learned vector to each position of a sequence.

    N L D -> the same; sequences up to `length`. Raises ValueError for a longer one.
    """

    axes: ClassVar[dict[str, str]] = {"weight": "1 L D"}

    def __init__(
        self,
        length: Annotated[int, Range(1, 1 << 20), Follows("x", "L"), Doc("Longest sequence there are positions for.")],
        dim: Width,
    ) -> None:
        super().__init__()
        self.length = length
        self.weight = nn.Parameter(torch.zeros(1, length, dim))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Sequence) -> Sequence:
        if x.shape[1] > self.length:
            raise ValueError(f"a sequence of {x.shape[1]} is longer than the {self.length} positions; raise length")
        return x + self.weight[:, : x.shape[1]]
