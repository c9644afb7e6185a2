from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import InChannels
from models_core.declare import Window
from models_core.ops.merging import convolution, with_norm
from models_core.ports import Image
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="series_activation",
    title="Series activation",
    family="activation",
    tags=("image", "learned", "deploy", "vanillanet"),
    source=Source(
        "Hanting Chen, Yunhe Wang, Jianyuan Guo, Dacheng Tao",
        "VanillaNet: the Power of Minimalism in Deep Learning",
        2023,
        "https://arxiv.org/abs/2305.12972",
    ),
    formula=Formula(
        r"y_{c,i,j} = N\left( \sum_{u,v=-n}^{n} a_{c,u,v}\, \max(0, x_{c,\; i + u,\; j + v}) \right)",
        where="a is learned, n is reach, N a batch norm; x is 0 outside.",
    ),
)
class SeriesActivation(nn.Module):
    """Adds up the activations of a position and its neighbours, each with a learned weight: a richer nonlinearity.

    N C H W -> the same, each channel by itself.
    """

    def __init__(
        self,
        in_channels: InChannels,
        reach: Annotated[int, Range(0, 15), Doc("Neighbours on each side that take part.")] = 3,
    ) -> None:
        super().__init__()
        size = 2 * reach + 1
        self.act = nn.ReLU()
        self.conv = nn.Conv2d(in_channels, in_channels, size, padding=reach, groups=in_channels, bias=False)
        nn.init.trunc_normal_(self.conv.weight, std=0.02)
        self.bn = nn.BatchNorm2d(in_channels, eps=1e-6)

    def forward(self, x: Image) -> Image:
        return self.bn(self.conv(self.act(x)))

    def deploy(self) -> nn.Module:
        weight, bias = with_norm(self.conv.weight, None, self.bn)
        return nn.Sequential(nn.ReLU(), convolution(weight, bias, self.conv)).eval()

    def window(self) -> Window:
        size = self.conv.kernel_size[0]
        return Window((size, size), (1, 1), (1, 1))
