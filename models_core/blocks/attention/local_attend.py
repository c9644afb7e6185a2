from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from models_core.blocks._sizes import Size
from models_core.blocks.attention._heads import Heads, Mask
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="local_attend",
    title="Local attention, weightless",
    family="attention",
    small={"reach": 2},
    tags=("transformer", "multi-head", "query", "key", "value", "local", "window", "banded"),
    source=Source(
        "Iz Beltagy, Matthew E. Peters, Arman Cohan",
        "Longformer: The Long-Document Transformer",
        2020,
        "https://arxiv.org/abs/2004.05150",
    ),
    formula=Formula(
        r"y_i = \sum_{|j - i| \le r} \operatorname{softmax}_j\left(\frac{q_i \cdot k_j}{\sqrt{d}}\right) v_j",
        where="In each head, which has d features; r is the reach.",
    ),
)
class LocalAttend(nn.Module):
    """Attention of every token to those near it, without weights of its own; queries, keys and values come in.

    Three N L D -> N L D; with `mask` (N L), keys where it is 0 are not looked at. Cost is linear in L. Raises
    ValueError if the heads do not divide D.
    """

    mixes_positions = True

    def __init__(
        self,
        heads: Heads = 8,
        reach: Annotated[Size, Doc("How many tokens to either side a token sees.")] = 16,
    ) -> None:
        super().__init__()
        self.heads, self.reach = heads, reach

    def forward(self, q: Sequence, k: Sequence, v: Sequence, mask: Mask = None) -> Sequence:
        if q.shape[2] % self.heads:
            raise ValueError(f"{self.heads} heads do not divide {q.shape[2]} features; choose heads that do")
        length, near = q.shape[1], min(self.reach, q.shape[1])
        count = -(-length // near)
        rest = count * near - length
        # Cut into chunks as long as the reach, every query's keys lie in its own chunk and the two beside it.
        chunks = pad(q, (0, 0, 0, rest)).unflatten(1, (count, near))
        beside = [self._beside(one, near, rest) for one in (k, v)]
        q, k, v = (one.unflatten(3, (self.heads, -1)).transpose(2, 3).flatten(1, 2) for one in (chunks, *beside))
        out = scaled_dot_product_attention(q, k, v, self._bias(q, length, near, count, mask))
        return out.unflatten(1, (count, self.heads)).transpose(2, 3).flatten(3).flatten(1, 2)[:, :length]

    def _beside(self, x: Tensor, near: int, rest: int) -> Tensor:
        """N L D -> N chunks 3 × near D: each chunk between the one before and the one after it."""
        x = pad(x, (0, 0, near, near + rest)).unflatten(1, (-1, near))
        return torch.cat((x[:, :-2], x[:, 1:-1], x[:, 2:]), 2)

    def _bias(self, q: Tensor, length: int, near: int, count: int, mask: Tensor | None) -> Tensor:
        """What hides keys too far away, outside the sequence, or masked: 1 or N, chunks × heads, near, 3 × near."""
        at = torch.arange(near, device=q.device)
        key = torch.arange(3 * near, device=q.device) - near
        far = (key - at[:, None]).abs() > near
        place = torch.arange(count, device=q.device)[:, None] * near + key
        hidden = (far | ((place < 0) | (place >= length))[:, None]).to(q.dtype)[None]
        if mask is not None:
            unseen = self._beside(mask.eq(0).to(q.dtype).unsqueeze(2), near, count * near - length).squeeze(3)
            hidden = hidden + unseen[:, :, None]
        return (hidden * -1e4).repeat_interleave(self.heads, 1)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        near = min(self.reach, length)
        return 2 * -(-length // near) * near * 3 * near * dim
