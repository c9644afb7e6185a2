"""What learned shortcuts of sequences and of images have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.ports import COUNT
from models_core.registry import Doc, Follows, Range, Source

SOURCE = Source(
    "Gaurav Menghani, Ravi Kumar, Sanjiv Kumar",
    "LAuReL: Learned Augmented Residual Layer",
    2024,
    "https://arxiv.org/abs/2411.07501",
)
Inputs = Annotated[int, Range(2, 65536), Follows("xs", COUNT), Doc("How many tensors come in.")]
Weigh = Annotated[bool, Doc("Whether both sides have a learned weight, 1 at first (RW).")]
Rank = Annotated[int, Range(0, 4096), Doc("Features in the middle of a low-rank product, 0 at first (LR); 0: none.")]
Previous = Annotated[bool, Doc("Whether a third and further inputs are added with learned weights, 0 at first (PA).")]


class LearnedShortcut(nn.Module):
    """Adds a branch to what went around it, x: both weighed, with a low-rank product of x and with earlier x."""

    axes: ClassVar[dict[str, str]] = {"sides": "sides", "earlier": "inputs"}

    def __init__(self, dim: int, n: int, weigh: bool, rank: int, previous: bool) -> None:
        super().__init__()
        self.sides = nn.Parameter(torch.ones(2)) if weigh else None
        self.earlier = nn.Parameter(torch.zeros(n - 2)) if previous and n > 2 else None
        self.down = nn.Linear(dim, rank, bias=False) if rank else None
        self.up = nn.Linear(rank, dim, bias=False) if rank else None
        if self.up is not None:
            nn.init.zeros_(self.up.weight)

    def joined(self, xs: tuple[Tensor, ...], low: Tensor | None) -> Tensor:
        """The sum of what goes around, the branch and all else that there is."""
        x, y = xs[:2]
        total = x + y if self.sides is None else self.sides[0] * x + self.sides[1] * y
        if low is not None:
            total = total + low
        if self.earlier is not None:
            for at, past in enumerate(xs[2:]):
                total = total + self.earlier[at] * past
        return total

    def macs(self, positions: int, dim: int) -> int:
        """Multiply-adds of so many positions."""
        rank = 0 if self.down is None else self.down.out_features
        weights = sum(0 if one is None else len(one) for one in (self.sides, self.earlier))
        return positions * dim * (2 * rank + weights)
