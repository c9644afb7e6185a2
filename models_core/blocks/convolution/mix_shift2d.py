from __future__ import annotations

from typing import Annotated

import torch
from torch import nn

from models_core.blocks._sizes import Bias, InChannels, Kernel
from models_core.declare import Window
from models_core.ports import Image
from models_core.registry import Doc, Formula, Range, Source, register

Shift = Annotated[int, Range(-64, 64)]


@register(
    "block",
    id="mix_shift2d",
    small={"kernels": [1, 3, 5], "shifts": [-1, 0, 2]},
    title="Mix shift 2d",
    family="convolution",
    tags=("image", "mlp", "shift"),
    source=Source(
        "Huangjie Zheng, Pengcheng He, Weizhu Chen, Mingyuan Zhou",
        "Mixing and Shifting: Exploiting Global and Local Dependencies in Vision MLPs",
        2022,
        "https://arxiv.org/abs/2202.06510",
    ),
    formula=Formula(
        r"y_{c,i,j} = a_c + \sum_{u,v} A_{c,u,v}\; x_{c,\; i + u,\; j + v - s_g} "
        r"+ b_c + \sum_{u,v} B_{c,u,v}\; x_{c,\; i + u - s_g,\; j + v}",
        where=(
            "g is the group of channel c; u and v run from -(k - 1) / 2 to (k - 1) / 2 of its kernel k in kernels, s "
            "is its shift in shifts. Shifting wraps around the edges; kernels see zeros outside."
        ),
    ),
)
class MixShift2d(nn.Module):
    """Cuts the channels of an image into groups, shifts each its own way and filters it with a kernel of its own.

    N C H W -> the same. Once the groups are shifted along the rows and once along the columns, each time filtered
    depthwise, and both are added. Groups have ceil(C / groups) channels, the last one the rest. Raises ValueError
    unless there is an odd kernel for each shift, and channels for each group.
    """

    def __init__(
        self,
        in_channels: InChannels,
        kernels: Annotated[tuple[Kernel, ...], Doc("Size of the kernel of each group; odd.")] = (1, 1, 3, 5, 7),
        shifts: Annotated[tuple[Shift, ...], Doc("Positions by which each group is shifted.")] = (-2, -1, 0, 1, 2),
        bias: Bias = True,
    ) -> None:
        super().__init__()
        kernels, shifts = tuple(kernels), tuple(shifts)
        if len(kernels) != len(shifts) or not kernels:
            raise ValueError(f"there are {len(kernels)} kernels and {len(shifts)} shifts; give one of each per group")
        if any(kernel % 2 == 0 for kernel in kernels):
            raise ValueError(f"kernels {list(kernels)} must be odd, so that each has a middle")
        each = -(-in_channels // len(kernels))
        last = in_channels - each * (len(kernels) - 1)
        if last < 1:
            raise ValueError(f"{in_channels} channels do not make {len(kernels)} groups of {each}; use fewer groups")
        self.sizes = [each] * (len(kernels) - 1) + [last]
        self.kernels, self.shifts = kernels, shifts
        self.rows = self._filters(bias)
        self.columns = self._filters(bias)

    def _filters(self, bias: bool) -> nn.ModuleList:
        return nn.ModuleList(
            nn.Conv2d(size, size, kernel, padding=kernel // 2, groups=size, bias=bias)
            for size, kernel in zip(self.sizes, self.kernels, strict=True)
        )

    def forward(self, x: Image) -> Image:
        mixed = []
        for part, shift, row, column in zip(x.split(self.sizes, 1), self.shifts, self.rows, self.columns, strict=True):
            mixed.append(row(part.roll(shift, 3)) + column(part.roll(shift, 2)))
        return torch.cat(mixed, 1)

    def window(self) -> Window:
        reach = max(kernel // 2 + abs(shift) for kernel, shift in zip(self.kernels, self.shifts, strict=True))
        return Window((2 * reach + 1,) * 2, (1, 1), (1, 1))
