from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, Width
from models_core.ports import Port, Sequence, Vector
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="low_rank_attention_pool",
    family="tokens",
    tags=("pooling", "sequence", "head", "attention", "low rank", "multi-head"),
    source=Source(
        "Sneha Mehta, Huzefa Rangwala, Naren Ramakrishnan",
        "Low Rank Factorization for Compact Multi-Head Self-Attention",
        2019,
        "https://arxiv.org/abs/1912.00835",
    ),
    formula=Formula(
        r"s_{t,k} = \sum_{r=1}^{m} (P_k c)_r\, (Q_k x_t)_r",
        r"y = \left[\sum_t \operatorname{softmax}(s_{\cdot,1})_t\, x_t,\, \dots,\, \sum_t "
        r"\operatorname{softmax}(s_{\cdot,n})_t\, x_t\right]",
        where="c is a learned context; P and Q of head k have m = rank rows. t runs over tokens with mask not 0.",
    ),
)
class LowRankAttentionPool(nn.Module):
    """Makes one vector of a sequence: averages by several heads, each matching tokens with a context by low rank.

    N L D -> N (heads D). With `mask` (N L), positions where it is 0 are left out.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"context": "D"}

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Averages that are taken side by side.")] = 4,
        rank: Annotated[Count, Doc("Rank of the bilinear form by which a head scores a token.")] = 1,
    ) -> None:
        super().__init__()
        self.heads, self.rank = heads, rank
        self.context = nn.Parameter(torch.randn(dim))
        self.p = nn.Linear(dim, heads * rank, bias=False)
        self.q = nn.Linear(dim, heads * rank, bias=False)

    def weights(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """How much each head takes of each token: N L heads, summing to 1 over L."""
        scores = (self.q(x) * self.p(self.context)).unflatten(-1, (self.heads, self.rank)).sum(-1)
        if mask is not None:
            scores = scores.masked_fill(mask.eq(0).unsqueeze(2), -1e4)
        return scores.softmax(1)

    def forward(self, x: Sequence, mask: Annotated[Tensor, Port("N L", dtype="any")] | None = None) -> Vector:
        return (self.weights(x, mask).transpose(1, 2) @ x).flatten(1)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return length * self.heads * (self.rank * (dim + 1) + dim)
