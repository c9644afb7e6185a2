from __future__ import annotations

import math
from typing import Annotated

from models_core.blocks._sizes import Bias, Width
from models_core.blocks.attention._heads import Causal, Heads, ManyHeads, Mask, QkvBias
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="sigmoid_attention",
    family="attention",
    tags=("transformer", "multi-head", "sigmoid", "causal"),
    source=Source(
        "Jason Ramapuram, Federico Danieli, Eeshan Dhekane, Floris Weers and others",
        "Theory, Analysis, and Best Practices for Sigmoid Self-Attention",
        2024,
        "https://arxiv.org/abs/2409.04431",
    ),
    formula=Formula(
        r"A_h = \sigma\left(\frac{Q_h K_h^{\top}}{\sqrt{d}} + b\right), \quad Y = [\,A_1 V_1, \dots\,] W_O",
        where="b is bias, or −log L for L tokens: a token's weights sum to about 1.",
    ),
)
class SigmoidAttention(ManyHeads):
    """Attention whose weights are each a sigmoid of their own score: keys do not compete for a query.

    N L D -> the same. With `mask` (N L), tokens where it is 0 are not looked at. Raises ValueError if the heads do not
    divide D.
    """

    def __init__(
        self,
        dim: Width,
        heads: Heads = 8,
        causal: Causal = False,
        bias: Annotated[
            float | None, Range(-100, 100), Doc("What is added to scores; empty: −log of the length.")
        ] = None,
        qkv_bias: QkvBias = True,
        proj_bias: Bias = True,
    ) -> None:
        super().__init__(dim, heads, causal, qkv_bias, proj_bias)
        self.bias = bias

    def forward(self, x: Sequence, mask: Mask = None) -> Sequence:
        q, k, v = self.split(x)
        bias = -math.log(x.shape[1]) if self.bias is None else self.bias
        weights = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]) + bias).sigmoid() * self.seen(x, mask)
        return self.join(weights @ v)
