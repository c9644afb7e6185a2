from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Count, InChannels, Size
from models_core.declare import Window
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="topological_conv2d",
    small={"neighbours": [1, 3]},
    title="Topological conv 2d",
    family="convolution",
    tags=("image", "sparse", "pointwise"),
    source=Source(
        "Min Wang, Baoyuan Liu, Hassan Foroosh",
        "Design of Efficient Convolutional Layers using Single Intra-channel Convolution, Topological Subdivisioning "
        'and Spatial "Bottleneck" Structure',
        2017,
        "https://arxiv.org/abs/1608.04337",
    ),
    formula=Formula(
        r"y_{(p,q),i,j} = b_{p,q} + \sum_{u=0}^{m-1} \sum_{v=0}^{n-1} W_{p,q,u,v}\; "
        r"x_{(p + u - \lfloor m / 2 \rfloor,\; q + v - \lfloor n / 2 \rfloor),\; i, j}",
        where="Channels lie in a grid that closes upon itself; (p, q) is a channel's place in it, m × n is neighbours.",
    ),
)
class TopologicalConv2d(nn.Module):
    """Mixes channels as a 1 x 1 convolution does, but each sees only its neighbours in a grid of them.

    N C H W -> the same. The grid is a torus. Raises ValueError unless it holds all channels and the neighbours fit.
    """

    index: Tensor

    def __init__(
        self,
        in_channels: InChannels,
        neighbours: Annotated[tuple[Count, Count], Doc("Rows and columns of the grid that a channel sees.")] = (3, 3),
        grid: Annotated[tuple[Size, Size] | None, Doc("Rows and columns of channels; empty: about as many.")] = None,
        bias: Bias = True,
    ) -> None:
        super().__init__()
        if grid is None:
            rows = max(side for side in range(1, int(in_channels**0.5) + 1) if in_channels % side == 0)
            grid = (rows, in_channels // rows)
        rows, columns = grid
        if rows * columns != in_channels:
            raise ValueError(
                f"a grid of {rows} × {columns} does not hold {in_channels} channels; use a product of both"
            )
        if neighbours[0] > rows or neighbours[1] > columns:
            raise ValueError(
                f"a window of {neighbours[0]} × {neighbours[1]} is larger than the grid of {rows} × {columns}"
            )
        place = torch.arange(in_channels)
        down = torch.arange(neighbours[0]) - neighbours[0] // 2
        right = torch.arange(neighbours[1]) - neighbours[1] // 2
        row = (place[:, None, None] // columns + down[None, :, None]) % rows
        column = (place[:, None, None] % columns + right[None, None, :]) % columns
        self.register_buffer("index", (row * columns + column).flatten(), persistent=False)
        self.conv = nn.Conv2d(len(self.index), in_channels, 1, groups=in_channels, bias=bias)

    def forward(self, x: Image) -> Image:
        return self.conv(x.index_select(1, self.index))

    def window(self) -> Window:
        return Window((1, 1), (1, 1), (1, 1))
