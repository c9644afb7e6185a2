from __future__ import annotations

from math import pi
from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import InChannels
from models_core.ports import Image
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="fourier_positions2d",
    title="Fourier positions 2d",
    family="tokens",
    tags=("image", "positions", "transformer"),
    source=Source(
        "Muhammad Maaz, Abdelrahman Shaker, Hisham Cholakkal, Salman Khan and others",
        "EdgeNeXt: Efficiently Amalgamated CNN-Transformer Architecture for Mobile Vision Applications",
        2022,
        "https://arxiv.org/abs/2206.10589",
    ),
    formula=Formula(
        r"y_{c,i,j} = x_{c,i,j} + \left(W \left[ f(i / H),\, f(j / W) \right] + b\right)_c",
        r"f(t)_{2m} = \sin\frac{2 \pi t}{\tau^{2 m / d}}, \quad f(t)_{2m+1} = \cos\frac{2 \pi t}{\tau^{2 m / d}}",
        where="i and j count from 1; d is waves, τ is 10,000, W is learned.",
    ),
)
class FourierPositions2d(nn.Module):
    """Adds to each position of an image a learned mixture of waves of its row and column.

    N C H W -> the same, for an image of any size.
    """

    def __init__(
        self,
        in_channels: InChannels,
        waves: Annotated[int, Range(2, 512), Doc("Sines and cosines for rows, and as many for columns; even.")] = 32,
    ) -> None:
        super().__init__()
        if waves % 2:
            raise ValueError(f"{waves} waves are not pairs of sine and cosine; use an even number")
        self.waves = waves
        self.proj = nn.Conv2d(2 * waves, in_channels, 1)

    def _waves(self, size: int, like: Tensor) -> Tensor:
        """Waves at `size` places: waves × size."""
        place = torch.arange(1, size + 1, device=like.device, dtype=like.dtype) / size * (2 * pi)
        scale = 10_000 ** (torch.arange(0, self.waves, 2, device=like.device, dtype=like.dtype) / self.waves)
        angle = place / scale[:, None]
        return torch.stack((angle.sin(), angle.cos()), 1).flatten(0, 1)

    def forward(self, x: Image) -> Image:
        height, width = x.shape[2], x.shape[3]
        rows = self._waves(height, x)[:, :, None].expand(-1, -1, width)
        columns = self._waves(width, x)[:, None, :].expand(-1, height, -1)
        return x + self.proj(torch.cat((rows, columns)).unsqueeze(0))
