from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from models_core.blocks.attention._heads import Causal, Heads
from models_core.ops.masks import attention_bias
from models_core.ports import Port, Sequence
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="attend",
    title="Dot-product attention",
    family="attention",
    tags=("transformer", "multi-head", "query", "key", "value", "causal"),
    source=Source(
        "Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit and others",
        "Attention Is All You Need",
        2017,
        "https://arxiv.org/abs/1706.03762",
    ),
    formula=Formula(
        r"Y_h = \operatorname{softmax}\left(\frac{Q_h K_h^{\top}}{\sqrt{d}} + M\right) V_h",
        where="Each head has d features of each. M hides later tokens (causal) and those with mask 0.",
    ),
)
class Attend(nn.Module):
    """Attention without weights of its own: queries, keys and values come in by three ports.

    Queries N L D, keys and values N M D -> N L D; with `mask` (N M), keys where it is 0 are not looked at. Raises
    ValueError if the heads do not divide D.
    """

    mixes_positions = True

    def __init__(self, heads: Heads = 8, causal: Causal = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal

    def forward(
        self,
        q: Sequence,
        k: Annotated[Tensor, Port("N M D")],
        v: Annotated[Tensor, Port("N M D")],
        mask: Annotated[Tensor, Port("N M", dtype="any")] | None = None,
    ) -> Sequence:
        if q.shape[2] % self.heads:
            raise ValueError(f"{self.heads} heads do not divide {q.shape[2]} features; choose heads that do")
        q, k, v = (one.unflatten(2, (self.heads, -1)).transpose(1, 2) for one in (q, k, v))
        bias = attention_bias(mask, self.causal, q, k.shape[2])
        out = scaled_dot_product_attention(q, k, v, bias, is_causal=self.causal and bias is None)
        return out.transpose(1, 2).flatten(2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return 2 * length * in_shapes[1][-2] * dim
