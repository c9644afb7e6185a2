from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

from models_core.blocks._sizes import Bias, Width
from models_core.blocks.attention._heads import Causal, Heads, ManyHeads, Mask, QkvBias
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="softplus_attention",
    family="attention",
    tags=("transformer", "multi-head", "length", "extrapolation", "causal"),
    source=Source(
        "Bo Gao, Michael W. Spratling",
        "Softplus Attention with Re-weighting Boosts Length Extrapolation in Large Language Models",
        2025,
        "https://arxiv.org/abs/2501.13428",
    ),
    formula=Formula(
        r"a_{ij} = f_{ij} / \sum_{m} f_{im}, \quad f_{ij} = \varphi\left(s_i\, q_i \cdot k_j / \sqrt{d}\right)",
        r"b_{ij} = g_{ij} / \sum_{m} g_{im}, \quad g_{ij} = \max(0,\, n_i a_{ij} - c)^p",
        where="φ is softplus or exp, n the keys that a query sees, s is log n or 1. Line two is for power p above 0.",
    ),
)
class SoftplusAttention(ManyHeads):
    """Attention with softplus in place of exp, scores that grow with the log of the length, and sharpened weights.

    N L D -> the same. With `mask` (N L), tokens where it is 0 are not looked at. Raises ValueError if the heads do not
    divide D.
    """

    def __init__(
        self,
        dim: Width,
        heads: Heads = 8,
        causal: Causal = False,
        kind: Annotated[Literal["softplus", "exp"], Doc("What makes a score a weight; exp is softmax.")] = "softplus",
        length_scale: Annotated[bool, Doc("Whether scores are scaled by the log of how many keys are seen.")] = True,
        power: Annotated[float, Range(0, 64), Doc("Power that sharpens the weights; 0 leaves them.")] = 0.0,
        shift: Annotated[float, Range(0, 0.99), Doc("Part of the mean weight below which one becomes 0.")] = 0.5,
        qkv_bias: QkvBias = True,
        proj_bias: Bias = True,
    ) -> None:
        super().__init__(dim, heads, causal, qkv_bias, proj_bias)
        self.kind, self.length_scale, self.power, self.shift = kind, length_scale, power, shift

    def forward(self, x: Sequence, mask: Mask = None) -> Sequence:
        q, k, v = self.split(x)
        seen = self.seen(x, mask)
        return self.join(self.weights(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), seen) @ v)

    def weights(self, scores: Tensor, seen: Tensor) -> Tensor:
        """N heads L L: non-negative, and 1 in sum for every query that sees a key."""
        count = seen.sum(-1, keepdim=True).clamp(min=1)
        if self.length_scale:
            scores = scores * count.log()
        if self.kind == "softplus":
            # Its logarithm, which far below 0 is the score itself: so that nothing underflows, softmax divides.
            scores = torch.where(scores < -15, scores, softplus(scores.clamp(min=-15)).log())
        share = scores.masked_fill(seen == 0, -1e9).softmax(-1)
        if self.power == 0:
            return share
        # Some weight is at least the mean, so a shift below 1 leaves something; the largest keeps the power in range.
        above = (share * count - self.shift).clamp(min=0)
        sharp = (above / above.amax(-1, keepdim=True).clamp(min=1e-20)).pow(self.power)
        return sharp / sharp.sum(-1, keepdim=True).clamp(min=1e-20)
