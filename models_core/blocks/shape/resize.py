from __future__ import annotations

from typing import Annotated, Literal

from torch import nn

from models_core.blocks._sizes import Size
from models_core.declare import each
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="resize",
    family="shape",
    tags=("image", "interpolate"),
    source=Source(
        "Robert Keys",
        "Cubic Convolution Interpolation for Digital Image Processing",
        1981,
        "https://doi.org/10.1109/TASSP.1981.1163711",
    ),
    formula=Formula(
        r"y_{c,i,j} = \sum_{m,n} w(a_i - m)\, w(b_j - n)\; x_{c,m,n}",
        r"a_i = (i + 1/2) H / H' - 1/2, \quad b_j = (j + 1/2) W / W' - 1/2",
        where="w is the kernel of the mode: linear over 2 positions, cubic over 4; nearest takes ⌊i H / H'⌋.",
    ),
)
class Resize(nn.Module):
    """Brings an image to a given height and width, larger or smaller, without learned weights.

    N C H W -> N C H' W'.
    """

    mixes_positions = True

    def __init__(
        self,
        size: Annotated[Size | tuple[Size, Size], Doc("Height and width that come out; one number for both.")] = 8,
        mode: Annotated[Literal["nearest", "bilinear", "bicubic"], Doc("How values between are found.")] = "bilinear",
    ) -> None:
        super().__init__()
        self.size, self.mode = each(size, 2), mode

    def forward(self, x: Image) -> Image:
        return nn.functional.interpolate(x, size=self.size, mode=self.mode)
