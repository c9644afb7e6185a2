from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Dilation2d, InChannels, Kernel2d, Padding, Size, Stride2d
from models_core.declare import Window, each
from models_core.ops.padding import resolve_padding
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="separable_conv2d",
    title="Separable conv 2d",
    family="convolution",
    tags=("convolution", "image", "mobile"),
    source=Source(
        "François Chollet",
        "Xception: Deep Learning with Depthwise Separable Convolutions",
        2017,
        "https://arxiv.org/abs/1610.02357",
    ),
    formula=Formula(
        r"z_{c,i,j} = \sum_{u,v=0}^{k-1} D_{c,u,v}\; x_{c,\; s i + d u - p,\; s j + d v - p}",
        r"y_{o,i,j} = b_o + \sum_{c} P_{o,c}\; z_{c,i,j}",
        where="D is depthwise and has no bias, P is pointwise; k is kernel_size, s stride, d dilation, p padding.",
    ),
)
class SeparableConv2d(nn.Module):
    """Filters every channel by itself, then mixes the channels by a 1 x 1 convolution.

    N C H W -> N out_channels H' W', with H' as of conv2d.
    """

    def __init__(
        self,
        in_channels: InChannels,
        out_channels: Annotated[Size, Doc("Channels that go out.")],
        kernel_size: Kernel2d = 3,
        stride: Stride2d = 1,
        padding: Annotated[
            Padding | tuple[Padding, Padding] | Literal["same"],
            Doc("Zeros added at every edge; 'same' keeps the size (divided by the stride)."),
        ] = "same",
        dilation: Dilation2d = 1,
        bias: Bias = True,
    ) -> None:
        super().__init__()
        pads = resolve_padding(padding, each(kernel_size, 2), each(stride, 2), each(dilation, 2))
        self.conv_dw = nn.Conv2d(
            in_channels, in_channels, kernel_size, stride, pads, dilation, groups=in_channels, bias=False
        )
        self.conv_pw = nn.Conv2d(in_channels, out_channels, 1, bias=bias)

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        return self.conv_pw(self.conv_dw(x))

    def window(self) -> Window:
        return Window(self.conv_dw.kernel_size, self.conv_dw.stride, self.conv_dw.dilation)
