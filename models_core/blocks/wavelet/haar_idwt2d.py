from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.declare import Window
from models_core.ports import Image, Port
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="haar_idwt2d",
    title="Inverse Haar wavelets 2d",
    family="wavelet",
    tags=("image", "upsampling", "wavelet"),
    source=Source(
        "Stéphane Mallat",
        "A Theory for Multiresolution Signal Decomposition: The Wavelet Representation",
        1989,
        "https://doi.org/10.1109/34.192463",
    ),
    formula=Formula(
        r"y_{c,\; 2 i + u,\; 2 j + v} = \frac{1}{2} \sum_{b} (-1)^{b_1 u + b_2 v}\; x_{b,c,i,j}",
        where="b = (b₁, b₂) runs over the bands (0, 0), (1, 0), (0, 1), (1, 1), which lie one behind the other.",
    ),
)
class HaarIdwt2d(nn.Module):
    """Joins the four bands of haar_dwt2d into the image they came from.

    N 4C H W -> N C 2H 2W. Nothing is learned. Raises ValueError unless the channels are four bands.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        if x.shape[1] % 4:
            raise ValueError(f"{x.shape[1]} channels are not four bands of equal size; give a multiple of 4")
        p, q, r, s = x.chunk(4, 1)
        upper = torch.stack((p + q + r + s, p + q - r - s), -1)
        lower = torch.stack((p - q + r - s, p - q - r + s), -1)
        both = torch.stack((upper, lower), -2) / 2
        return both.permute(0, 1, 2, 4, 3, 5).flatten(4).flatten(2, 3)

    def window(self) -> Window:
        return Window((1, 1), (0.5, 0.5), (1, 1))
