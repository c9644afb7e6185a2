from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Count, Width
from models_core.ops.linear_attention import remember
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="flow_attention",
    family="attention",
    tags=("sequence", "linear attention", "multi-head", "causal"),
    source=Source(
        "Haixu Wu, Jialong Wu, Jiehui Xu, Jianmin Wang, Mingsheng Long",
        "Flowformer: Linearizing Transformers with Conservation Flows",
        2022,
        "https://arxiv.org/abs/2202.06258",
    ),
    formula=Formula(
        r"I_i = q_i \cdot \sum_j k_j, \quad O_j = k_j \cdot \sum_i q_i",
        r"\hat{I}_i = q_i \cdot \sum_j \frac{k_j}{O_j}, \quad \hat{O}_j = k_j \cdot \sum_i \frac{q_i}{I_i}",
        r"r_i = \sigma(\hat{I}_i)\, \frac{q_i}{I_i} \sum_j k_j^{\top} L \operatorname{softmax}(\hat{O})_j\, v_j",
        where="In each head; q and k are σ(W x), v is W x. Causal sums end at i, and counts stand for L.",
    ),
)
class FlowAttention(nn.Module):
    """Lets tokens gather from all tokens in linear time: what flows out of each is conserved, so that they compete.

    N L D -> the same. Raises ValueError if the heads do not divide D.
    """

    mixes_positions = True

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")] = 8,
        causal: Annotated[bool, Doc("Whether a token sees only itself and earlier ones.")] = False,
        bias: Bias = True,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads, self.causal = heads, causal
        self.qkv = nn.Linear(dim, 3 * dim, bias=bias)
        self.proj = nn.Linear(dim, dim, bias=bias)

    def forward(self, x: Sequence) -> Sequence:
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).unbind(2)
        flow = causal_flow if self.causal else whole_flow
        return self.proj(flow(q.sigmoid(), k.sigmoid(), v).flatten(2))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """Memory written and read once for each token; four products of vectors for the flows."""
        length, dim = in_shapes[0][-2:]
        return length * (4 * dim * dim + 2 * dim * dim // self.heads + 4 * dim)


EPS = 1e-6


def whole_flow(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Flow attention of positive queries and keys (N L heads K) and values (N L heads V), every token seeing all."""
    sinks, sources = conserved(q, k)
    sink = _meet(q, sources.sum(1, keepdim=True))
    source = _meet(k, sinks.sum(1, keepdim=True)).clamp(-1, 1)
    competing = v * (source.softmax(1) * v.shape[1])
    memory = k.permute(0, 2, 3, 1) @ competing.transpose(1, 2)
    read = (sinks.transpose(1, 2) @ memory).transpose(1, 2)
    return read * sink.sigmoid()


def conserved(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """Queries that each take in 1 from all keys, and keys that each give out 1 to all queries."""
    return q / _meet(q, k.sum(1, keepdim=True)), k / _meet(k, q.sum(1, keepdim=True))


def causal_flow(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The same with every sum ending at the token itself."""
    count = torch.arange(1, q.shape[1] + 1, device=q.device, dtype=q.dtype)[:, None, None]
    incoming, outgoing = _meet(q, k.cumsum(1)) / count, _meet(k, q.cumsum(1)) / count
    sink = _meet(q, (k / outgoing).cumsum(1)) / count
    source = (_meet(k, (q / incoming).cumsum(1)) / count).clamp(-1, 1).exp()
    competing = v * (source / source.cumsum(1) * count)
    return remember(q / incoming / count, k, competing, torch.zeros_like(k)) * sink.sigmoid()


def _meet(one: Tensor, total: Tensor) -> Tensor:
    return ((one + EPS) * (total + EPS)).sum(-1, keepdim=True)
