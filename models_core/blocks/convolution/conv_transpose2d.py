from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Dilation2d, Groups, InChannels, Kernel2d, Padding, Size, Stride2d
from models_core.blocks.convolution._call import conv_call
from models_core.declare import TorchCall, Window, each
from models_core.ops.padding import check_groups
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="conv_transpose2d",
    title="Transposed conv 2d",
    family="convolution",
    tags=("convolution", "image", "upsampling", "deconvolution"),
    source=Source(
        "Matthew Zeiler, Dilip Krishnan, Graham Taylor, Rob Fergus",
        "Deconvolutional Networks",
        2010,
        "https://doi.org/10.1109/CVPR.2010.5539957",
    ),
    formula=Formula(
        r"y_{o,i,j} = b_o + \sum_{c} \sum_{s m + d u - p = i} \; \sum_{s n + d v - p = j} W_{c,o,u,v}\; x_{c,m,n}",
        where=(
            "0 ≤ u, v < k; k is kernel_size, s stride, d dilation, p padding; c runs over the channels of the group of "
            "o."
        ),
    ),
)
class ConvTranspose2d(nn.ConvTranspose2d):
    """Enlarges an image by a learned kernel: the transpose of a strided convolution.

    N C H W -> N out_channels H' W' with H' = (H - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1.
    Raises ValueError if groups do not divide the channels or output_padding is not below stride or dilation.
    """

    def __init__(
        self,
        in_channels: InChannels,
        out_channels: Annotated[Size, Doc("Channels that go out.")],
        kernel_size: Kernel2d = 2,
        stride: Stride2d = 2,
        padding: Annotated[Padding | tuple[Padding, Padding], Doc("Positions cut off at every edge.")] = 0,
        output_padding: Annotated[Padding | tuple[Padding, Padding], Doc("Positions added at one edge.")] = 0,
        dilation: Dilation2d = 1,
        groups: Groups = 1,
        bias: Bias = True,
    ) -> None:
        check_groups(groups, in_channels, out_channels)
        for extra, step, gap in zip(each(output_padding, 2), each(stride, 2), each(dilation, 2), strict=True):
            if extra >= max(step, gap):
                raise ValueError(
                    f"output_padding {extra} must be smaller than stride {step} or dilation {gap}; "
                    f"use at most {max(step, gap) - 1}"
                )
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, each(dilation, 2)
        )

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:  # type: ignore[override]  # no output_size here
        return super().forward(x)

    def window(self) -> Window:
        spans = [(size - 1) * gap + 1 for size, gap in zip(self.kernel_size, self.dilation, strict=True)]
        kernel = tuple(-(-span // step) for span, step in zip(spans, self.stride, strict=True))
        return Window(kernel, tuple(1 / step for step in self.stride), (1, 1))

    def as_torch(self) -> TorchCall:
        return conv_call("nn.ConvTranspose2d", self, output_padding=(self.output_padding, 0))
