from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from models_core.blocks._sizes import Bias, Count, Probability, Size
from models_core.ops.masks import attention_bias
from models_core.ports import Port, Sequence
from models_core.registry import Doc, Follows, Formula, Source, register


@register(
    "block",
    id="cross_attention",
    family="attention",
    tags=("transformer", "multi-head", "decoder"),
    source=Source(
        "Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit and others",
        "Attention Is All You Need",
        2017,
        "https://arxiv.org/abs/1706.03762",
    ),
    formula=Formula(
        r"Q = X W_Q, \quad K = C W_K, \quad V = C W_V",
        r"A_h = \operatorname{softmax}\left(\frac{Q_h K_h^{\top}}{\sqrt{d}} + M\right)",
        r"Y = \left[\,A_1 V_1,\, \dots,\, A_n V_n\,\right] W_O",
        where=(
            "X is query, C is context; n heads, each with d = dim / n features. M hides tokens with mask 0. The "
            "matrices have biases unless switched off."
        ),
    ),
)
class CrossAttention(nn.Module):
    """Lets every token of one sequence gather from the tokens of another, in several heads.

    N L D and N M E -> N L D. With `mask` (N M), context tokens where it is 0 are not looked at. Raises ValueError if
    the heads do not divide D.
    """

    mixes_positions = True

    def __init__(
        self,
        dim: Annotated[Size, Follows("query", "D"), Doc("Features of the tokens that ask.")],
        context_dim: Annotated[Size, Follows("context", "E"), Doc("Features of the tokens that are asked.")],
        heads: Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")] = 8,
        qkv_bias: Annotated[bool, Doc("Whether queries, keys and values have a bias.")] = True,
        proj_bias: Bias = True,
        dropout: Annotated[Probability, Doc("Probability that an attention weight is dropped in training.")] = 0.0,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads, self.dropout = heads, dropout
        self.q = nn.Linear(dim, dim, bias=qkv_bias)
        self.kv = nn.Linear(context_dim, 2 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)

    def forward(
        self,
        query: Sequence,
        context: Annotated[Tensor, Port("N M E")],
        mask: Annotated[Tensor, Port("N M", dtype="any")] | None = None,
    ) -> Sequence:
        q = self.q(query).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k, v = self.kv(context).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        bias = attention_bias(mask, False, q, context.shape[1])
        out = scaled_dot_product_attention(q, k, v, bias, dropout_p=self.dropout if self.training else 0.0)
        return self.proj(out.transpose(1, 2).flatten(2))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        (length, dim), (others, context_dim) = in_shapes[0][-2:], in_shapes[1][-2:]
        return 2 * length * dim * dim + 2 * others * context_dim * dim + 2 * length * others * dim
