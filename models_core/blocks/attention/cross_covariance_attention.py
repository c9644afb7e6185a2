from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import nn

from models_core.blocks._sizes import Bias, Count, Width
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="cross_covariance_attention",
    title="Cross-covariance attention",
    family="attention",
    small={"heads": 2},
    tags=("transformer", "channel attention", "xca", "linear"),
    source=Source(
        "Alaaeldin El-Nouby, Hugo Touvron, Mathilde Caron, Piotr Bojanowski and others",
        "XCiT: Cross-Covariance Image Transformers",
        2021,
        "https://arxiv.org/abs/2106.09681",
    ),
    formula=Formula(
        r"A_h = \operatorname{softmax}\left(\tau_h\, \hat{Q}_h^{\top} \hat{K}_h\right)",
        r"Y = \left[\, V_1 A_1^{\top},\, \dots,\, V_n A_n^{\top} \,\right] W_O",
        where=(
            "Q, K, V are linear maps of x, tokens by features; Q̂ and K̂ have features of length 1 over the tokens. τ is "
            "learned for each head."
        ),
    ),
)
class CrossCovarianceAttention(nn.Module):
    """Lets features attend to features by how alike they run over all tokens: its map has the size of the channels.

    N L D -> the same; cost is linear in L. Raises ValueError if the heads do not divide D.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"temperature": "heads 1 1"}

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")] = 8,
        qkv_bias: Annotated[bool, Doc("Whether queries, keys and values have a bias.")] = True,
        proj_bias: Bias = True,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)

    def forward(self, x: Sequence) -> Sequence:
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 4, 1).unbind(0)
        q, k = (nn.functional.normalize(one, dim=-1) for one in (q, k))
        weights = (torch.matmul(q, k.transpose(-2, -1)) * self.temperature).softmax(-1)
        out = torch.matmul(weights, v).flatten(1, 2).transpose(1, 2)
        return self.proj(out)
