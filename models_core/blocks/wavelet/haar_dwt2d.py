from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.declare import Window
from models_core.ports import Image, Port
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="haar_dwt2d",
    title="Haar wavelets 2d",
    family="wavelet",
    tags=("image", "downsampling", "wavelet"),
    source=Source(
        "Stéphane Mallat",
        "A Theory for Multiresolution Signal Decomposition: The Wavelet Representation",
        1989,
        "https://doi.org/10.1109/34.192463",
    ),
    formula=Formula(
        r"y_{b,c,i,j} = \frac{1}{2} \sum_{u,v \in \{0,1\}} (-1)^{b_1 u + b_2 v}\; x_{c,\; 2 i + u,\; 2 j + v}",
        where="b = (b₁, b₂) runs over the bands (0, 0), (1, 0), (0, 1), (1, 1), which lie one behind the other.",
    ),
)
class HaarDwt2d(nn.Module):
    """Splits an image into four bands of half its size: means, and differences along rows, columns and diagonals.

    N C H W -> N 4C H/2 W/2, the C means first. Nothing is learned; haar_idwt2d undoes it. Raises ValueError for an odd
    height or width.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        if x.shape[2] % 2 or x.shape[3] % 2:
            raise ValueError(
                f"an image of {x.shape[2]} × {x.shape[3]} cannot be halved; pad or resize it to even sides"
            )
        a, b = x[:, :, 0::2, 0::2], x[:, :, 0::2, 1::2]
        c, d = x[:, :, 1::2, 0::2], x[:, :, 1::2, 1::2]
        return torch.cat((a + b + c + d, a + b - c - d, a - b + c - d, a - b - c + d), 1) / 2

    def window(self) -> Window:
        return Window((2, 2), (2, 2), (1, 1))
