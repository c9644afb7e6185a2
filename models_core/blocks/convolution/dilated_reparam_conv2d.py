from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import InChannels
from models_core.declare import Window
from models_core.ops.merging import convolution, widened, with_norm
from models_core.ports import Image
from models_core.registry import Doc, Formula, Range, Source, register

BRANCHES = {
    5: ((3, 1), (3, 2)),
    7: ((5, 1), (3, 2), (3, 3)),
    9: ((5, 1), (5, 2), (3, 3), (3, 4)),
    11: ((5, 1), (5, 2), (3, 3), (3, 4), (3, 5)),
    13: ((5, 1), (7, 2), (3, 3), (3, 4), (3, 5)),
    15: ((5, 1), (7, 2), (3, 3), (3, 5), (3, 7)),
    17: ((5, 1), (9, 2), (3, 4), (3, 5), (3, 7)),
}
"""Kernel and dilation of the branches beside a large kernel, by its size."""


@register(
    "block",
    id="dilated_reparam_conv2d",
    small={"kernel_size": 7},
    title="Dilated reparam conv 2d",
    family="convolution",
    tags=("image", "large kernel", "branches", "deploy"),
    source=Source(
        "Xiaohan Ding, Yiyuan Zhang, Yixiao Ge, Sijie Zhao, Lin Song, Xiangyu Yue, Ying Shan",
        "UniRepLKNet: A Universal Perception Large-Kernel ConvNet for Audio, Video, Point Cloud, Time-Series and Image "
        "Recognition",
        2024,
        "https://arxiv.org/abs/2311.15599",
    ),
    formula=Formula(
        r"y = N_0(D_0 * x) + \sum_{b} N_b(D_b *_{d_b} x)",
        where="D are depthwise kernels, D₀ the large one, the others small and dilated by d; the N are batch norms.",
    ),
)
class DilatedReparamConv2d(nn.Module):
    """Filters each channel by a large kernel and by small dilated ones beside it, which merge into the large one.

    N C H W -> the same. Raises ValueError for an even kernel.
    """

    def __init__(
        self,
        in_channels: InChannels,
        kernel_size: Annotated[int, Range(5, 17), Doc("Size of the large kernel; odd.")] = 13,
    ) -> None:
        super().__init__()
        if kernel_size not in BRANCHES:
            raise ValueError(f"a kernel of {kernel_size} has no middle; use one of {', '.join(map(str, BRANCHES))}")

        def filters(size: int, dilation: int) -> nn.Conv2d:
            padding = dilation * (size - 1) // 2
            return nn.Conv2d(
                in_channels, in_channels, size, padding=padding, dilation=dilation, groups=in_channels, bias=False
            )

        self.large = filters(kernel_size, 1)
        self.large_bn = nn.BatchNorm2d(in_channels)
        self.small = nn.ModuleList(filters(*branch) for branch in BRANCHES[kernel_size])
        self.small_bn = nn.ModuleList(nn.BatchNorm2d(in_channels) for _ in self.small)

    def forward(self, x: Image) -> Image:
        y = self.large_bn(self.large(x))
        for conv, norm in zip(self.small, self.small_bn, strict=True):
            y = y + norm(conv(x))
        return y

    def deploy(self) -> nn.Module:
        weight, bias = with_norm(self.large.weight, None, self.large_bn)
        size = (self.large.kernel_size[0], self.large.kernel_size[1])
        for conv, norm in zip(self.small, self.small_bn, strict=True):
            assert isinstance(conv, nn.Conv2d)
            assert isinstance(norm, nn.BatchNorm2d)
            kernel, shift = with_norm(conv.weight, None, norm)
            weight, bias = weight + widened(kernel, size, conv.dilation[0]), bias + shift
        return convolution(weight, bias, self.large)

    def window(self) -> Window:
        size = self.large.kernel_size[0]
        return Window((size, size), (1, 1), (1, 1))
