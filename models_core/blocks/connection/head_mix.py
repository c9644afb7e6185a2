from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, Size
from models_core.ports import COUNT, Sequence
from models_core.registry import Doc, Follows, Formula, Range, Source, register


@register(
    "block",
    id="head_mix",
    family="connection",
    tags=("depth", "history", "attention", "heads", "memory"),
    source=Source(
        "Gleb Gerasimov, Yaroslav Aksenov, Nikita Balagansky, Viacheslav Sinii, Daniil Gavrilov",
        "You Do Not Fully Utilize Transformer's Representation Capacity",
        2025,
        "https://arxiv.org/abs/2502.09245",
    ),
    formula=Formula(
        r"y_h = \sum_{k} w_{k h}\, x^{(k)}_h",
        where="x and y are cut into heads of equal width; w is learned, at first 1 for the last input alone.",
    ),
    small={"heads": 4},
)
class HeadMix(nn.Module):
    """Mixes the states of several layers, each head by weights of its own; at first that is the last layer alone.

    Several N L D, of which the first `skip` are left out -> N L D. Raises ValueError if the heads do not divide D or
    nothing is left to mix.
    """

    axes: ClassVar[dict[str, str]] = {"weight": "inputs heads"}

    def __init__(
        self,
        n: Annotated[Size, Follows("xs", COUNT), Doc("How many tensors come in.")],
        heads: Annotated[Count, Doc("Parts of equal width that are mixed apart.")] = 8,
        skip: Annotated[int, Range(0, 16), Doc("How many of the first are left out, being of another kind.")] = 0,
    ) -> None:
        super().__init__()
        if skip >= n:
            raise ValueError(f"of {n} inputs {skip} are left out, so nothing is left to mix")
        self.heads, self.skip = heads, skip
        self.weight = nn.Parameter(torch.zeros(n - skip, heads))
        with torch.no_grad():
            self.weight[-1] = 1

    def forward(self, *xs: Sequence) -> Sequence:
        kept = xs[self.skip :]
        if kept[-1].shape[-1] % self.heads:
            raise ValueError(f"{self.heads} heads do not divide {kept[-1].shape[-1]} features; choose heads that do")
        total = self.scaled(kept[0], 0)
        for at in range(1, len(kept)):
            total = total + self.scaled(kept[at], at)
        return total

    def scaled(self, x: Tensor, at: int) -> Tensor:
        """N L D with each head times its weight."""
        return (x.unflatten(2, (self.heads, -1)) * self.weight[at, :, None]).flatten(2)

    def cost(self, in_shapes: list[tuple[tuple[int, ...], ...]]) -> int:
        length, dim = in_shapes[0][-1][-2:]
        return (len(in_shapes[0]) - self.skip) * length * dim
