from __future__ import annotations

import math
from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Width
from models_core.ports import Sequence
from models_core.registry import Doc, Follows, Formula, Range, Source, register


@register(
    "block",
    id="sinusoidal_positions",
    family="tokens",
    tags=("transformer", "position"),
    source=Source(
        "Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit and others",
        "Attention Is All You Need",
        2017,
        "https://arxiv.org/abs/1706.03762",
    ),
    formula=Formula(
        r"y_{t,2i} = x_{t,2i} + a \sin\left(t / B^{2i/D}\right)",
        r"y_{t,2i+1} = x_{t,2i+1} + a \cos\left(t / B^{2i/D}\right)",
        where="B is base, a is scale; t and i count from 0.",
    ),
)
class SinusoidalPositions(nn.Module):
    """Adds sines and cosines of growing wavelength to each position of a sequence.

    N L D -> the same; sequences up to `length`. Raises ValueError for a longer one.
    """

    table: Tensor

    def __init__(
        self,
        length: Annotated[int, Range(1, 1 << 20), Follows("x", "L"), Doc("Longest sequence there are positions for.")],
        dim: Width,
        base: Annotated[float, Range(2, 1e9), Doc("Longest wavelength, in units of 2 pi positions.")] = 10000.0,
        scale: Annotated[float, Range(0, 100), Doc("Factor of what is added.")] = 1.0,
    ) -> None:
        super().__init__()
        self.length = length
        positions = torch.arange(length, dtype=torch.float32)[:, None]
        rates = torch.exp(torch.arange(0, dim, 2, dtype=torch.float32) * (-math.log(base) / dim))
        angles = positions * rates
        table = torch.stack((angles.sin(), angles.cos()), dim=2).flatten(1)[:, :dim]
        self.register_buffer("table", table[None] * scale, persistent=False)

    def forward(self, x: Sequence) -> Sequence:
        if x.shape[1] > self.length:
            raise ValueError(f"a sequence of {x.shape[1]} is longer than the {self.length} positions; raise length")
        return x + self.table[:, : x.shape[1]].to(x.dtype)
