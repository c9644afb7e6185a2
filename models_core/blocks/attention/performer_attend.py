from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Size, Width
from models_core.blocks.attention._heads import Heads
from models_core.ports import Port, Sequence
from models_core.registry import Doc, Follows, Formula, Source, register


@register(
    "block",
    id="performer_attend",
    title="Performer attention",
    family="attention",
    small={"features": 16},
    tags=("transformer", "multi-head", "query", "key", "value", "random features", "linear attention"),
    source=Source(
        "Krzysztof Choromanski, Valerii Likhosherstov, David Dohan, Xingyou Song, Andreea Gane and others",
        "Rethinking Attention with Performers",
        2020,
        "https://arxiv.org/abs/2009.14794",
    ),
    formula=Formula(
        r"y_i = \frac{\phi(q_i) \sum_j \phi(k_j)^{\top} v_j}{\phi(q_i) \sum_j \phi(k_j)^{\top}}, \quad"
        r" \phi(x) = \exp\left(\Omega\, x' - \tfrac{1}{2} \lVert x' \rVert^2\right), \quad x' = x / d^{1/4}",
        where="In each head, with d features; the rows of Ω are random, orthogonal in groups of d, and never change.",
    ),
)
class PerformerAttend(nn.Module):
    """Softmax attention approached by positive random features, in linear time; queries, keys and values come in.

    Queries N L D, keys and values N M D -> N L D; with `mask` (N M), keys where it is 0 are not looked at. The random
    directions are kept with the weights. Raises ValueError if the heads do not divide D.
    """

    mixes_positions = True
    directions: Tensor

    def __init__(
        self,
        dim: Annotated[Width, Follows("q", "D")],
        heads: Heads = 8,
        features: Annotated[Size, Doc("Random features; the more, the nearer to softmax attention.")] = 64,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads, self.features = heads, features
        width = dim // heads
        # Even over all rotations, without which the weights would be biased.
        groups = [nn.init.orthogonal_(torch.empty(width, width)) for _ in range(-(-features // width))]
        lengths = torch.randn(features, width).norm(dim=1, keepdim=True)
        self.register_buffer("directions", torch.cat(groups)[:features] * lengths)

    def forward(
        self,
        q: Sequence,
        k: Annotated[Tensor, Port("N M D")],
        v: Annotated[Tensor, Port("N M D")],
        mask: Annotated[Tensor, Port("N M", dtype="any")] | None = None,
    ) -> Sequence:
        q, k, v = (one.unflatten(2, (self.heads, -1)).transpose(1, 2) for one in (q, k, v))
        # What is the same for all of a query's weights may be taken out of its features; of keys, what all have.
        q, k = self._logs(q), self._logs(k)
        if mask is not None:
            k = k + (mask.eq(0)[:, None, :, None] * -1e4).to(k.dtype)
        q = (q - q.amax(3, keepdim=True)).exp()
        k = (k - k.amax((2, 3), keepdim=True)).exp()
        total = (q * k.sum(2, keepdim=True)).sum(3, keepdim=True)
        return (q @ (k.transpose(2, 3) @ v) / (total + 1e-6)).transpose(1, 2).flatten(2)

    def _logs(self, x: Tensor) -> Tensor:
        """Logarithms of the features, N heads L features."""
        x = x / x.shape[3] ** 0.25
        return x @ self.directions.T - x.square().sum(3, keepdim=True) / 2

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """Features of queries and keys, memory written and read, and what each query's weights sum up to."""
        length, dim = in_shapes[0][-2:]
        return 2 * (length + in_shapes[1][-2]) * self.features * dim + length * self.features * self.heads
