from __future__ import annotations

from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, rms_norm

from models_core.blocks._sizes import Size
from models_core.ports import COUNT, Sequence
from models_core.registry import Doc, Follows, Formula, Source, register

WAYS = 4


class Ways(NamedTuple):
    """What the next layer makes its queries, keys and values of, and what it adds to."""

    q: Sequence
    k: Sequence
    v: Sequence
    r: Sequence


@register(
    "block",
    id="dynamic_dense",
    family="connection",
    tags=("depth", "dense", "dynamic", "history", "mudd"),
    source=Source(
        "Da Xiao, Qingye Meng, Shengping Li, Xingyuan Yuan",
        "MUDDFormer: Breaking Residual Bottlenecks in Transformers via Multiway Dynamic Dense Connections",
        2025,
        "https://arxiv.org/abs/2502.12170",
    ),
    formula=Formula(
        r"A = \operatorname{GELU}(\operatorname{rms}(x^{(n)})\, W_1)\, W_2 + a",
        r"y^{(w)} = \sum_{k} A_{w k}\, x^{(k)}, \quad w = q, k, v, r",
        where="A has for every token four rows of n weights; a is 1 for the last input and 0 for the others at first.",
    ),
)
class DynamicDense(nn.Module):
    """Mixes the outputs of all layers so far in four ways, by weights that every token tells from its latest state.

    Several N L D, the latest last -> four of N L D. Raises ValueError if not `n` tensors come in.
    """

    axes: ClassVar[dict[str, str]] = {"static": "ways inputs"}

    def __init__(
        self,
        dim: Annotated[Size, Follows("xs", "D"), Doc("Features of each token: the last dim.")],
        n: Annotated[Size, Follows("xs", COUNT), Doc("How many tensors come in.")],
    ) -> None:
        super().__init__()
        self.n = n
        self.hidden = nn.Linear(dim, WAYS * n, bias=False)
        self.dynamic = nn.Linear(WAYS * n, WAYS * n, bias=False)
        # All but zero, so that it begins as a plain residual network and yet learns.
        nn.init.normal_(self.dynamic.weight, std=1e-3)
        self.static = nn.Parameter(torch.zeros(WAYS, n))
        with torch.no_grad():
            self.static[:, -1] = 1

    def forward(self, *xs: Sequence) -> Ways:
        if len(xs) != self.n:
            raise ValueError(f"dynamic_dense has weights for {self.n} inputs, but gets {len(xs)}; let n follow them")
        latest = rms_norm(xs[-1], xs[-1].shape[-1:], eps=1e-6)
        weights = self.dynamic(gelu(self.hidden(latest))).unflatten(2, (WAYS, self.n)) + self.static
        q, k, v, r = (self.mixed(xs, weights[:, :, way]) for way in range(WAYS))
        return Ways(q, k, v, r)

    def mixed(self, xs: tuple[Tensor, ...], weights: Tensor) -> Tensor:
        """The sum of tensors, each times its column of N L n weights."""
        total = xs[0] * weights[:, :, :1]
        for at in range(1, self.n):
            total = total + xs[at] * weights[:, :, at : at + 1]
        return total

    def cost(self, in_shapes: list[tuple[tuple[int, ...], ...]]) -> int:
        length, dim = in_shapes[0][0][-2:]
        wide = WAYS * self.n
        return length * (dim * wide + wide * wide + wide * dim)
