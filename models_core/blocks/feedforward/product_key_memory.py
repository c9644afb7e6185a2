from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from models_core.blocks._sizes import Count, InFeatures, Size
from models_core.declare import Cost
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="product_key_memory",
    family="feedforward",
    tags=("memory", "sparse", "lookup", "transformer"),
    source=Source(
        "Guillaume Lample, Alexandre Sablayrolles, Marc'Aurelio Ranzato, Ludovic Denoyer, Hervé Jégou",
        "Large Memory Layers with Product Keys",
        2019,
        "https://arxiv.org/abs/1907.05242",
    ),
    formula=Formula(
        r"q = W_q x = [\,q_1, q_2\,], \quad s_{ij} = q_1 \cdot c_i + q_2 \cdot c'_j",
        r"y = \sum_{\text{heads}} \sum_{(i, j) \in \operatorname{top}_k(s)} \operatorname{softmax}(s)_{ij}\, v_{ij}",
        where="c and c' are keys sub-keys each, of a head's own; the v are keys × keys slots, common to all heads.",
    ),
    small={"keys": 6, "heads": 2, "k": 3, "key_dim": 8},
)
class ProductKeyMemory(nn.Module):
    """Looks up a few of very many learned vectors, found by two short lists of keys in place of one long one.

    N ... D -> N ... D, each position by itself. Raises ValueError if key_dim is odd or fewer keys than k are there.
    """

    axes: ClassVar[dict[str, str]] = {"sub_keys": "halves heads keys half"}

    def __init__(
        self,
        dim: InFeatures,
        keys: Annotated[Size, Doc("Sub-keys of each half; the memory has keys × keys slots.")] = 32,
        heads: Annotated[Count, Doc("Queries that each position makes.")] = 4,
        k: Annotated[Count, Doc("Slots that each query reads.")] = 8,
        key_dim: Annotated[Size, Doc("Features of a query.")] = 64,
        query_norm: Annotated[bool, Doc("Whether queries go through batch norm, so that more slots are used.")] = True,
        gated: Annotated[bool, Doc("Whether the input gates what was read, and a matrix follows.")] = False,
    ) -> None:
        super().__init__()
        if key_dim % 2:
            raise ValueError(f"key_dim {key_dim} is odd, but a query is cut in halves; make it even")
        if k > keys:
            raise ValueError(f"{k} of {keys} sub-keys cannot be picked; lower k or add keys")
        self.keys, self.heads, self.k, self.half_dim = keys, heads, k, key_dim // 2
        self.query = nn.Linear(dim, heads * key_dim)
        self.norm = nn.BatchNorm1d(heads * key_dim) if query_norm else nn.Identity()
        self.sub_keys = nn.Parameter(torch.randn(2, heads, keys, self.half_dim) * self.half_dim**-0.5)
        self.values = nn.Embedding(keys * keys, dim)
        nn.init.normal_(self.values.weight, std=dim**-0.5)
        self.gate = nn.Linear(dim, dim) if gated else None
        self.out = nn.Linear(dim, dim) if gated else None

    def forward(self, x: Features) -> Features:
        tokens = x.reshape(-1, x.shape[-1])
        scores, slots = self.found(self.norm(self.query(tokens)))
        read = self.values(slots) * scores.softmax(-1).unsqueeze(-1)
        y = read.sum((1, 2))
        if self.gate is not None and self.out is not None:
            y = self.out(y * silu(self.gate(tokens)))
        return y.view(x.shape)

    def found(self, queries: Tensor) -> tuple[Tensor, Tensor]:
        """The best k scores of each head's query and their slots, T heads k each.

        A slot's score is the sum of two sub-keys' scores, so that the best k slots are among the k × k sums of the
        best k of either half.
        """
        halves = queries.unflatten(1, (self.heads, 2, self.half_dim))
        scores = torch.einsum("thcd,chkd->thck", halves, self.sub_keys)
        best, places = scores.topk(self.k, dim=-1)
        sums = (best[:, :, 0, :, None] + best[:, :, 1, None, :]).flatten(2)
        slots = (places[:, :, 0, :, None] * self.keys + places[:, :, 1, None, :]).flatten(2)
        top, at = sums.topk(self.k, dim=-1)
        return top, slots.gather(2, at)

    @torch.no_grad()
    def usage(self, x: Tensor) -> tuple[float, float]:
        """How evenly the positions of x use the memory: the share of slots that any reads, and KL in nats.

        KL is the divergence of the slots' shares of all weight from even shares: 0 at best, log(keys²) if all read one.
        """
        scores, slots = self.found(self.norm(self.query(x.reshape(-1, x.shape[-1]))))
        total = scores.new_zeros(self.keys**2)
        total.scatter_add_(0, slots.flatten(), scores.softmax(-1).flatten())
        share = total / total.sum()
        divergence = torch.xlogy(share, share).sum() + 2 * math.log(self.keys)
        return float((total > 0).float().mean()), float(divergence)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> Cost:
        dim, tokens = in_shapes[0][-1], 1
        for size in in_shapes[0][:-1]:
            tokens *= size
        query, keys = dim * self.heads * 2 * self.half_dim, self.heads * 2 * self.keys * self.half_dim
        read = self.heads * self.k * dim
        gated = 2 * dim * dim if self.gate is not None else 0
        others = sum(p.numel() for p in self.parameters()) - self.values.weight.numel()
        return Cost(tokens * (query + keys + read + gated), others + min(read, self.values.weight.numel()))
