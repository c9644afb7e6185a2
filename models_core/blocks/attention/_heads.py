"""What attention blocks that weigh in a way of their own have in common: projections, heads, what may not be seen."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count
from models_core.ports import Port
from models_core.registry import Doc

Heads = Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")]
Causal = Annotated[bool, Doc("Whether a token sees only itself and earlier ones.")]
QkvBias = Annotated[bool, Doc("Whether queries, keys and values have a bias.")]
Mask = Annotated[Tensor, Port("N L", dtype="any")] | None


class ManyHeads(nn.Module):
    """Queries, keys and values in several heads, and the projection of what they gather; N L D each."""

    mixes_positions = True

    def __init__(self, dim: int, heads: int, causal: bool, qkv_bias: bool, proj_bias: bool) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads, self.causal = heads, causal
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, N heads L d each."""
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        return q, k, v

    def join(self, gathered: Tensor) -> Tensor:
        """N heads L d -> N L D, projected."""
        return self.proj(gathered.transpose(1, 2).flatten(2))

    def seen(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """1 where a query (third dim) may look at a key (last dim), else 0; the other dims are 1, or N with a mask."""
        length = x.shape[1]
        seen = torch.ones(1, 1, length, length, dtype=x.dtype, device=x.device)
        if self.causal:
            seen = seen.tril()
        return seen if mask is None else seen * mask.ne(0)[:, None, None, :].to(x.dtype)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return 4 * length * dim * dim + 2 * length * length * dim
