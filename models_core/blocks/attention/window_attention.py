from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from models_core.blocks._sizes import Bias, Rows, Size, TokenCount, Width
from models_core.blocks.attention._heads import Heads, ManyHeads, QkvBias
from models_core.ops.grid import grid_of
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="window_attention",
    family="attention",
    tags=("transformer", "multi-head", "image", "local", "window", "relative position", "swin"),
    small={"rows": 2, "window": 2, "shift": 1},
    source=Source(
        "Ze Liu, Yutong Lin, Yue Cao, Han Hu, Yixuan Wei, Zheng Zhang, Stephen Lin, Baining Guo",
        "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
        2021,
        "https://arxiv.org/abs/2103.14030",
    ),
    formula=Formula(
        r"A_h(i, j) = \operatorname{softmax}_j\left(\frac{q_{h,i} \cdot k_{h,j}}{\sqrt{d}} + w_{h,\, i - j}\right)",
        r"Y = \left[\,A_1 V_1,\, \dots,\, A_n V_n\,\right] W_O",
        where=(
            "i and j are cells of one window, and w is learned for every offset in rows and columns between two. With "
            "a shift s, cells in row r lie in window ⌊(r - s) / window⌋; columns likewise."
        ),
    ),
)
class WindowAttention(ManyHeads):
    """Self-attention inside the windows of a grid, with a learned preference of each head for every offset.

    N L D -> the same, L being the cells row by row. A grid no larger than the window is one window, unshifted; windows
    at the border may be smaller. Raises ValueError if the heads do not divide D, the tokens do not fill the grid, or
    the shift is not smaller than the window.
    """

    axes: ClassVar[dict[str, str]] = {"relative_position_bias_table": "offsets heads"}
    offsets: Tensor
    apart: Tensor | None

    def __init__(
        self,
        length: TokenCount,
        dim: Width,
        heads: Heads = 8,
        rows: Rows = None,
        window: Annotated[Size, Doc("Rows and columns of a window.")] = 7,
        shift: Annotated[int, Range(0, 65535), Doc("Cells by which windows are shifted down and to the right.")] = 0,
        qkv_bias: QkvBias = True,
        proj_bias: Bias = True,
    ) -> None:
        super().__init__(dim, heads, False, qkv_bias, proj_bias)
        if shift >= window:
            raise ValueError(f"a shift of {shift} is no smaller than the window of {window}; half of it is usual")
        self.grid = grid_of(length, rows)
        self.extent = (min(window, self.grid[0]), min(window, self.grid[1]))
        self.shift = tuple(shift if size > window else 0 for size in self.grid)
        self.padded = tuple(-(-size // one) * one for size, one in zip(self.grid, self.extent, strict=True))
        high, wide = self.extent
        self.relative_position_bias_table = nn.Parameter(torch.randn((2 * high - 1) * (2 * wide - 1), heads) * 0.02)
        down, right = (torch.arange(size)[:, None] - torch.arange(size) + size - 1 for size in self.extent)
        offsets = down[:, None, :, None] * (2 * wide - 1) + right[None, :, None, :]
        self.register_buffer("offsets", offsets.flatten(2).flatten(0, 1), persistent=False)
        self.register_buffer("apart", self._apart(), persistent=False)

    def _apart(self) -> Tensor | None:
        """What hides, of each window's cells, those that came together by padding or by going around the border."""
        if self.padded == self.grid and not any(self.shift):
            return None
        labels = []
        for size, padded, shift in zip(self.grid, self.padded, self.shift, strict=True):
            at = torch.arange(padded)
            labels.append((at >= padded - shift) + 2 * ((at + shift) % padded >= size))
        label = (labels[0][:, None] * 4 + labels[1])[None, :, :, None]
        of_window = self._cut(label)[0, :, :, 0]
        return (of_window[:, :, None] != of_window[:, None, :]) * -1e4

    def _cut(self, x: Tensor) -> Tensor:
        """N H W D -> N windows cells D."""
        (high, wide), (rows, columns) = self.extent, self.padded
        x = x.reshape(-1, rows // high, high, columns // wide, wide, x.shape[3])
        return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)

    def _join(self, x: Tensor) -> Tensor:
        """N windows cells D -> N H W D."""
        (high, wide), (rows, columns) = self.extent, self.padded
        x = x.reshape(-1, rows // high, columns // wide, high, wide, x.shape[3])
        return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)

    def forward(self, x: Sequence) -> Sequence:
        (rows, columns), (down, right) = self.grid, self.shift
        x = x.unflatten(1, self.grid)
        if self.padded != self.grid:
            x = pad(x, (0, 0, 0, self.padded[1] - columns, 0, self.padded[0] - rows))
        if down or right:
            x = x.roll((-down, -right), (1, 2))
        windows = self._cut(x)
        count = windows.shape[1]
        # Windows stand beside the heads, so that each may have a mask of its own and the batch stays the first dim.
        qkv = self.qkv(windows).unflatten(3, (3, self.heads, -1)).permute(3, 0, 1, 4, 2, 5).flatten(2, 3)
        q, k, v = qkv.unbind(0)
        bias = self.relative_position_bias_table[self.offsets].permute(2, 0, 1).expand(count, -1, -1, -1)
        if self.apart is not None:
            bias = bias + self.apart[:, None].to(bias.dtype)
        out = scaled_dot_product_attention(q, k, v, bias.flatten(0, 1))
        out = out.unflatten(1, (count, self.heads)).transpose(2, 3).flatten(3)
        out = self._join(self.proj(out))
        if down or right:
            out = out.roll((down, right), (1, 2))
        return out[:, :rows, :columns].flatten(1, 2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = self.padded[0] * self.padded[1], in_shapes[0][-1]
        return 4 * length * dim * dim + 2 * length * self.extent[0] * self.extent[1] * dim
