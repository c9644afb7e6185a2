from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Rows, TokenCount, Width
from models_core.ops.grid import grid_of
from models_core.ports import Sequence
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="spectral_gate",
    family="spectral",
    tags=("image", "frequency", "fft", "token mixing", "gfnet"),
    small={"rows": 2},
    source=Source(
        "Yongming Rao, Wenliang Zhao, Zheng Zhu, Jiwen Lu, Jie Zhou",
        "Global Filter Networks for Image Classification",
        2021,
        "https://arxiv.org/abs/2107.00645",
    ),
    formula=Formula(
        r"y = \mathcal{F}^{-1}\left(K \odot \mathcal{F}(x)\right)",
        where="F is the Fourier transform over rows and columns, for each feature; K is complex and learned.",
    ),
)
class SpectralGate(nn.Module):
    """Weighs every frequency of a grid of tokens by a learned complex number, feature by feature.

    N L D -> the same, L being the cells of a grid row by row. Raises ValueError if they do not fill one.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"weight": "H W D 2"}

    def __init__(self, length: TokenCount, dim: Width, rows: Rows = None) -> None:
        super().__init__()
        self.grid = grid_of(length, rows)
        self.weight = nn.Parameter(torch.randn(self.grid[0], self.grid[1] // 2 + 1, dim, 2) * 0.02)

    def forward(self, x: Sequence) -> Sequence:
        x = x.transpose(1, 2).unflatten(2, self.grid)
        spectrum = torch.fft.rfft2(x, norm="ortho")
        spectrum = spectrum * torch.view_as_complex(self.weight.contiguous()).permute(2, 0, 1)
        out: Tensor = torch.fft.irfft2(spectrum, s=self.grid, norm="ortho")
        return out.flatten(2).transpose(1, 2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """Four for each complex product; the transforms are not counted, as in published figures."""
        return 2 * self.weight.numel()
