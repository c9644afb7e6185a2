from __future__ import annotations

import math
from typing import Annotated

from torch import Tensor

from models_core.blocks._sizes import Bias, Width
from models_core.blocks.attention._heads import Causal, Heads, ManyHeads, Mask, QkvBias
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Range, Source, register

LARGE = 4.0
"""Sum of a token's weights from which on they are doubted; of softmax it is 1."""


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
        return self.join(self._weights(q, k, self.seen(x, mask)) @ v)

    def row_sums(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """What the weights of each token sum to, N heads L."""
        q, k, _ = self.split(x)
        return self._weights(q, k, self.seen(x, mask)).sum(-1)

    def doubt(self, x: Tensor, mask: Tensor | None = None) -> str | None:
        """Large weights at the start make training unstable, as nothing normalises them."""
        total = float(self.row_sums(x, mask).detach().mean())
        if total < LARGE:
            return None
        usual = -math.log(x.shape[1])
        return f"the weights of a token sum to {total:.1f} at first, not to about 1; set bias to {usual:.1f}, or empty"

    def _weights(self, q: Tensor, k: Tensor, seen: Tensor) -> Tensor:
        bias = -math.log(k.shape[2]) if self.bias is None else self.bias
        return (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]) + bias).sigmoid() * seen
