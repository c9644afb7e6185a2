from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Size, Width
from models_core.blocks.attention._heads import Causal, Heads, ManyHeads, Mask, QkvBias
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="selective_attention",
    family="attention",
    tags=("transformer", "multi-head", "temperature", "causal"),
    source=Source(
        "Xuechen Zhang, Xiangyu Chang, Mingchen Li, Amit Roy-Chowdhury, Jiasi Chen, Samet Oymak",
        "Selective Attention: Enhancing Transformer through Principled Context Control",
        2024,
        "https://arxiv.org/abs/2411.12892",
    ),
    formula=Formula(
        r"z_i = \varphi(W_z x_i), \quad \tau_i = 1 + \tanh(u \cdot z_i) + \alpha \log i",
        r"\nu_i = 1 + \tanh(w \cdot z_i)",
        r"A_h = \operatorname{softmax}\left(\tau\, Q_h K_h^{\top} / \sqrt{d} + M\right), \quad Y = A\, (\nu V) W_O",
        where="φ is GELU; u, w and α are a head's own, W of rank rows is shared by all. i counts tokens from 1.",
    ),
)
class SelectiveAttention(ManyHeads):
    """Attention in which each token sets how sharply it looks, and how much its own value counts.

    N L D -> the same. With `mask` (N L), tokens where it is 0 are not looked at. Raises ValueError if the heads do not
    divide D.
    """

    axes: ClassVar[dict[str, str]] = {"by_position": "heads"}

    def __init__(
        self,
        dim: Width,
        heads: Heads = 8,
        causal: Causal = False,
        rank: Annotated[Size, Doc("Features from which both temperatures are told.")] = 8,
        qkv_bias: QkvBias = True,
        proj_bias: Bias = True,
    ) -> None:
        super().__init__(dim, heads, causal, qkv_bias, proj_bias)
        self.shared = nn.Linear(dim, rank, bias=False)
        self.act = nn.GELU()
        self.sharpness = nn.Linear(rank, heads, bias=False)
        self.worth = nn.Linear(rank, heads, bias=False)
        self.by_position = nn.Parameter(torch.zeros(heads))

    def forward(self, x: Sequence, mask: Mask = None) -> Sequence:
        q, k, v = self.split(x)
        sharpness, worth = self.temperatures(x)
        return self.join(self._weights(sharpness * q, k, self.seen(x, mask)) @ (worth * v))

    def weights(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """How much each token takes from each, N heads L L."""
        q, k, _ = self.split(x)
        return self._weights(self.temperatures(x)[0] * q, k, self.seen(x, mask))

    def _weights(self, q: Tensor, k: Tensor, seen: Tensor) -> Tensor:
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        # -10,000 as elsewhere: a sequence of padding alone gives an average and not NaN.
        return scores.masked_fill(seen.eq(0), -1e4).softmax(-1)

    def temperatures(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """How sharply each token looks, and what its value counts: N heads L 1 each."""
        z = self.act(self.shared(x))
        place = torch.arange(1, x.shape[1] + 1, device=x.device, dtype=x.dtype).log()
        sharpness = 1 + self.sharpness(z).tanh() + self.by_position * place[:, None]
        return sharpness.transpose(1, 2).unsqueeze(-1), (1 + self.worth(z).tanh()).transpose(1, 2).unsqueeze(-1)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        rank, heads = self.shared.out_features, self.heads
        return super().cost(in_shapes) + length * rank * (dim + 2 * heads)
