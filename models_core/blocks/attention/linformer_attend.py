from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from models_core.blocks._sizes import Size
from models_core.blocks.attention._heads import Heads
from models_core.ports import Port, Sequence
from models_core.registry import Doc, Follows, Formula, Range, Source, register


@register(
    "block",
    id="linformer_attend",
    title="Linformer attention",
    family="attention",
    small={"rank": 4},
    tags=("transformer", "multi-head", "query", "key", "value", "low rank", "linear attention"),
    source=Source(
        "Sinong Wang, Belinda Z. Li, Madian Khabsa, Han Fang, Hao Ma",
        "Linformer: Self-Attention with Linear Complexity",
        2020,
        "https://arxiv.org/abs/2006.04768",
    ),
    formula=Formula(
        r"Y_h = \operatorname{softmax}\left(\frac{Q_h (E K_h)^{\top}}{\sqrt{d}}\right) F V_h",
        where="E and F, rank × M, are learned and join M keys and values into fewer; all heads share them.",
    ),
)
class LinformerAttend(nn.Module):
    """Attention to a few learned mixtures of all keys and values; queries, keys and values come in by three ports.

    Queries N L D, keys and values N M D -> N L D; with `mask` (N M), keys and values where it is 0 count as zeros.
    The length M is fixed by the weights. Raises ValueError if the heads do not divide D.
    """

    mixes_positions = True

    def __init__(
        self,
        length: Annotated[int, Range(1, 1 << 20), Follows("k", "M"), Doc("Keys that come in.")],
        heads: Heads = 8,
        rank: Annotated[Size, Doc("Mixtures of keys that each query looks at.")] = 64,
    ) -> None:
        super().__init__()
        self.heads, self.rank = heads, rank
        self.keys = nn.Linear(length, rank, bias=False)
        self.values = nn.Linear(length, rank, bias=False)

    def forward(
        self,
        q: Sequence,
        k: Annotated[Tensor, Port("N M D")],
        v: Annotated[Tensor, Port("N M D")],
        mask: Annotated[Tensor, Port("N M", dtype="any")] | None = None,
    ) -> Sequence:
        if q.shape[2] % self.heads:
            raise ValueError(f"{self.heads} heads do not divide {q.shape[2]} features; choose heads that do")
        if mask is not None:
            seen = mask.ne(0)[:, :, None].to(k.dtype)
            k, v = k * seen, v * seen
        k, v = self.keys(k.transpose(1, 2)).transpose(1, 2), self.values(v.transpose(1, 2)).transpose(1, 2)
        q, k, v = (one.unflatten(2, (self.heads, -1)).transpose(1, 2) for one in (q, k, v))
        return scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return 2 * in_shapes[1][-2] * self.rank * dim + 2 * length * self.rank * dim
