from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from models_core.blocks._sizes import Bias, Count, Probability, Width
from models_core.ops.masks import attention_bias
from models_core.ports import Port, Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="self_attention",
    family="attention",
    tags=("transformer", "multi-head", "causal"),
    source=Source(
        "Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit and others",
        "Attention Is All You Need",
        2017,
        "https://arxiv.org/abs/1706.03762",
    ),
    formula=Formula(
        r"Q = X W_Q, \quad K = X W_K, \quad V = X W_V",
        r"A_h = \operatorname{softmax}\left(\frac{Q_h K_h^{\top}}{\sqrt{d}} + M\right)",
        r"Y = \left[\,A_1 V_1,\, \dots,\, A_n V_n\,\right] W_O",
        where=(
            "n heads, each with d = dim / n features. M hides later tokens (causal) and those with mask 0. The "
            "matrices have biases unless switched off."
        ),
    ),
)
class SelfAttention(nn.Module):
    """Lets every token gather from all tokens of its sequence, weighted by how well they match, in several heads.

    N L D -> the same. With `mask` (N L), tokens where it is 0 are not looked at. Raises ValueError if the heads do not
    divide D.
    """

    mixes_positions = True

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")] = 8,
        causal: Annotated[bool, Doc("Whether a token sees only itself and earlier ones.")] = False,
        qkv_bias: Annotated[bool, Doc("Whether queries, keys and values have a bias.")] = True,
        proj_bias: Bias = True,
        dropout: Annotated[Probability, Doc("Probability that an attention weight is dropped in training.")] = 0.0,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads, self.causal, self.dropout = heads, causal, dropout
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)

    def forward(self, x: Sequence, mask: Annotated[Tensor, Port("N L", dtype="any")] | None = None) -> Sequence:
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        bias = attention_bias(mask, self.causal, q, x.shape[1])
        p = self.dropout if self.training else 0.0
        out = scaled_dot_product_attention(q, k, v, bias, dropout_p=p, is_causal=self.causal and bias is None)
        return self.proj(out.transpose(1, 2).flatten(2))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return 4 * length * dim * dim + 2 * length * length * dim
