from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Count, Dilation2d, InChannels, Kernel2d, Padding, Stride2d
from models_core.blocks.convolution._call import conv_call
from models_core.declare import TorchCall, Window, each
from models_core.ops.padding import resolve_padding
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="depthwise_conv2d",
    title="Depthwise conv 2d",
    family="convolution",
    tags=("convolution", "image", "mobile"),
    source=Source("Laurent Sifre", "Rigid-Motion Scattering for Image Classification", 2014),
    formula=Formula(
        r"y_{o,i,j} = b_o + \sum_{u,v=0}^{k-1} W_{o,u,v}\; x_{\lfloor o / m \rfloor,\; s i + d u - p,\; s j + d v - p}",
        where="k is kernel_size, s stride, d dilation, p padding, m multiplier; x is 0 outside.",
    ),
)
class DepthwiseConv2d(nn.Conv2d):
    """Slides a kernel of its own over every channel of an image, without mixing channels.

    N C H W -> N (C x multiplier) H' W', with H' as of conv2d.
    """

    def __init__(
        self,
        in_channels: InChannels,
        kernel_size: Kernel2d = 3,
        stride: Stride2d = 1,
        padding: Annotated[
            Padding | tuple[Padding, Padding] | Literal["same"],
            Doc("Zeros added at every edge; 'same' keeps the size (divided by the stride)."),
        ] = "same",
        dilation: Dilation2d = 1,
        multiplier: Annotated[Count, Doc("Channels that go out for each that comes in.")] = 1,
        bias: Bias = True,
    ) -> None:
        pads = resolve_padding(padding, each(kernel_size, 2), each(stride, 2), each(dilation, 2))
        out_channels = in_channels * multiplier
        super().__init__(in_channels, out_channels, kernel_size, stride, pads, dilation, in_channels, bias)

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        return super().forward(x)

    def window(self) -> Window:
        return Window(self.kernel_size, self.stride, self.dilation)

    def as_torch(self) -> TorchCall:
        return conv_call("nn.Conv2d", self)
