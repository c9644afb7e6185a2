from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import InChannels, Kernel, Size, Stride
from models_core.declare import Window
from models_core.ops.merging import with_norm
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="annealed_conv2d",
    title="Annealed conv 2d",
    family="convolution",
    tags=("image", "deploy", "vanillanet"),
    source=Source(
        "Hanting Chen, Yunhe Wang, Jianyuan Guo, Dacheng Tao",
        "VanillaNet: the Power of Minimalism in Deep Learning",
        2023,
        "https://arxiv.org/abs/2305.12972",
    ),
    formula=Formula(
        r"y = N_2\left(W_2\, \varphi(N_1(W_1 * x + b_1)) + b_2\right), \quad \varphi(z) = \max(z, \lambda z)",
        where="W₂ is 1 × 1, the N are batch norms; λ is linear: 0 is relu, 1 makes all of it one convolution.",
    ),
)
class AnnealedConv2d(nn.Module):
    """Two convolutions whose activation between them is taken away in training, until both are one.

    N C H W -> N out_channels H' W' with H' = floor((H - kernel) / stride) + 1. At `linear` 1 the form to deploy is one
    convolution, below it is two without batch norms.
    """

    def __init__(
        self,
        in_channels: InChannels,
        out_channels: Annotated[Size, Doc("Channels that go out.")],
        hidden_channels: Annotated[Size | None, Doc("Channels between; empty: as many as come in.")] = None,
        kernel_size: Annotated[Kernel, Doc("Height and width of the first kernel.")] = 1,
        stride: Annotated[Stride, Doc("Positions the first kernel moves by.")] = 1,
        linear: Annotated[float, Range(0, 1), Doc("Slope of the activation below zero; 1: there is none.")] = 1.0,
    ) -> None:
        super().__init__()
        hidden = hidden_channels or in_channels
        self.linear = linear
        self.conv1 = nn.Conv2d(in_channels, hidden, kernel_size, stride)
        self.bn1 = nn.BatchNorm2d(hidden, eps=1e-6)
        self.conv2 = nn.Conv2d(hidden, out_channels, 1)
        self.bn2 = nn.BatchNorm2d(out_channels, eps=1e-6)

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        return self.bn2(self.conv2(nn.functional.leaky_relu(self.bn1(self.conv1(x)), self.linear)))

    def deploy(self) -> nn.Module:
        first, bias1 = with_norm(self.conv1.weight, self.conv1.bias, self.bn1)
        second, bias2 = with_norm(self.conv2.weight, self.conv2.bias, self.bn2)
        if self.linear < 1:
            parts = (_like(self.conv1, first, bias1), nn.LeakyReLU(self.linear), _like(self.conv2, second, bias2))
            return nn.Sequential(*parts).eval()
        matrix = second[:, :, 0, 0]
        return _like(self.conv1, torch.einsum("oh,hcuv->ocuv", matrix, first), matrix @ bias1 + bias2).eval()

    def window(self) -> Window:
        (kernel, _), (stride, _) = self.conv1.kernel_size, self.conv1.stride
        return Window((kernel, kernel), (stride, stride), (1, 1))


def _like(conv: nn.Conv2d, weight: Tensor, bias: Tensor) -> nn.Conv2d:
    kernel, stride = (conv.kernel_size[0], conv.kernel_size[1]), (conv.stride[0], conv.stride[1])
    made = nn.Conv2d(weight.shape[1], weight.shape[0], kernel, stride)
    made.weight, made.bias = nn.Parameter(weight.detach().clone()), nn.Parameter(bias.detach().clone())
    return made
