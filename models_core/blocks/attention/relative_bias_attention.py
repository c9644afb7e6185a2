from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from models_core.blocks._sizes import Bias, Rows, TokenCount, Width
from models_core.blocks.attention._heads import Heads, ManyHeads, QkvBias
from models_core.ops.grid import grid_of
from models_core.ports import Sequence
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="relative_bias_attention",
    family="attention",
    tags=("transformer", "multi-head", "image", "relative position"),
    small={"rows": 2},
    source=Source(
        "Zihang Dai, Hanxiao Liu, Quoc V. Le, Mingxing Tan",
        "CoAtNet: Marrying Convolution and Attention for All Data Sizes",
        2021,
        "https://arxiv.org/abs/2106.04803",
    ),
    formula=Formula(
        r"A_h(i, j) = \operatorname{softmax}_j\left(\frac{q_{h,i} \cdot k_{h,j}}{\sqrt{d}} + w_{h,\, i - j}\right)",
        r"Y = \left[\,A_1 V_1,\, \dots,\, A_n V_n\,\right] W_O",
        where="i and j are cells of the grid and i - j the offset in rows and columns; w is learned for every offset.",
    ),
)
class RelativeBiasAttention(ManyHeads):
    """Self-attention over the cells of a grid, with a learned preference of each head for every offset between two.

    N L D -> the same, L being the cells row by row. Raises ValueError if the heads do not divide D or the tokens do
    not fill the grid.
    """

    axes: ClassVar[dict[str, str]] = {"table": "heads H W"}
    rows_apart: Tensor
    columns_apart: Tensor

    def __init__(
        self,
        length: TokenCount,
        dim: Width,
        heads: Heads = 8,
        rows: Rows = None,
        qkv_bias: QkvBias = True,
        proj_bias: Bias = True,
    ) -> None:
        super().__init__(dim, heads, False, qkv_bias, proj_bias)
        high, wide = grid_of(length, rows)
        self.table = nn.Parameter(torch.randn(heads, 2 * high - 1, 2 * wide - 1) * 0.02)
        for name, size in (("rows_apart", high), ("columns_apart", wide)):
            at = torch.arange(size)
            self.register_buffer(name, at[:, None] - at + size - 1, persistent=False)

    def bias(self) -> Tensor:
        """What is added to the scores: heads L L."""
        by_rows = self.table[:, self.rows_apart]
        return by_rows[..., self.columns_apart].transpose(2, 3).flatten(3, 4).flatten(1, 2)

    def forward(self, x: Sequence) -> Sequence:
        q, k, v = self.split(x)
        return self.join(scaled_dot_product_attention(q, k, v, self.bias()))
