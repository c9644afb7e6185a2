from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, Width
from models_core.ops.positions import by_distance, sinusoids
from models_core.ports import Port, Sequence
from models_core.registry import Doc, Formula, Source, Traits, register


@register(
    "block",
    id="relative_attention",
    family="attention",
    tags=("transformer", "multi-head", "causal", "relative position", "memory"),
    traits=Traits(causal=True),
    source=Source(
        "Zihang Dai, Zhilin Yang, Yiming Yang, Jaime Carbonell, Quoc Le, Ruslan Salakhutdinov",
        "Transformer-XL: Attentive Language Models Beyond a Fixed-Length Context",
        2019,
        "https://arxiv.org/abs/1901.02860",
    ),
    formula=Formula(
        r"s_{ij} = \frac{(q_i + u) \cdot k_j + (q_i + v) \cdot W_R\, r_{i-j}}{\sqrt{d}}",
        r"y_i = W_O \sum_{j \le i} \operatorname{softmax}(s_i)_j\, v_j",
        where="In each head; r are sines and cosines of a distance, u and v are learned. j runs over the memory too.",
    ),
)
class RelativeAttention(nn.Module):
    """Lets every token gather from itself and earlier ones, and from a memory before them, by content and distance.

    N L D -> the same. `memory` (N M D) holds the tokens before the first; no gradient goes into it. Raises ValueError
    if the heads do not divide D, or D is odd.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"content_bias": "E D", "distance_bias": "E D"}

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")] = 8,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        if dim % 2:
            raise ValueError(f"{dim} features cannot be sines and cosines by halves; use an even number")
        self.heads = heads
        self.q = nn.Linear(dim, dim, bias=False)
        self.kv = nn.Linear(dim, 2 * dim, bias=False)
        self.r = nn.Linear(dim, dim, bias=False)
        self.content_bias = nn.Parameter(torch.randn(heads, dim // heads) * 0.02)
        self.distance_bias = nn.Parameter(torch.randn(heads, dim // heads) * 0.02)
        self.proj = nn.Linear(dim, dim, bias=False)

    def forward(self, x: Sequence, memory: Annotated[Tensor, Port("N M D")] | None = None) -> Sequence:
        length, dim = x.shape[1:]
        seen = x if memory is None else torch.cat((memory.detach(), x), 1)
        whole = seen.shape[1]
        q = self.q(x).unflatten(2, (self.heads, -1))
        k, v = self.kv(seen).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        distances = torch.arange(whole - 1, -1, -1, device=x.device)
        r = self.r(sinusoids(distances, dim).to(x.dtype)).unflatten(1, (self.heads, -1)).permute(1, 2, 0)
        content = (q + self.content_bias).transpose(1, 2) @ k.transpose(2, 3)
        distance = by_distance((q + self.distance_bias).transpose(1, 2) @ r)
        scores = (content + distance) * (dim // self.heads) ** -0.5
        later = torch.ones(length, whole, dtype=torch.bool, device=x.device).triu(1 + whole - length)
        weights = scores.masked_fill(later, float("-inf")).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).flatten(2))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """The distances' features are made once for all samples and not counted."""
        length, dim = in_shapes[0][-2:]
        whole = length + (in_shapes[1][-2] if len(in_shapes) > 1 and in_shapes[1] else 0)
        return 2 * length * dim * dim + 2 * whole * dim * dim + 3 * length * whole * dim
