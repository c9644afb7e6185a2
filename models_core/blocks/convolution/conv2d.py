from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Dilation2d, Groups, InChannels, Kernel2d, Padding, Size, Stride2d
from models_core.blocks.convolution._call import conv_call
from models_core.declare import TorchCall, Window, each
from models_core.ops.padding import check_groups, resolve_padding
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="conv2d",
    title="Conv2d",
    family="convolution",
    tags=("convolution", "image"),
    source=Source(
        "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
        "Gradient-Based Learning Applied to Document Recognition",
        1998,
        "https://doi.org/10.1109/5.726791",
    ),
    formula=Formula(
        r"y_{o,i,j} = b_o + \sum_{c} \sum_{u,v=0}^{k-1} W_{o,c,u,v}\; x_{c,\; s i + d u - p,\; s j + d v - p}",
        where=(
            "k is kernel_size, s stride, d dilation, p padding; x is 0 outside; c runs over the channels of the group "
            "of o."
        ),
    ),
)
class Conv2d(nn.Conv2d):
    """Slides a learned kernel over an image.

    N C H W -> N out_channels H' W' with H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1; padding
    `same` gives H' = ceil(H / stride). Raises ValueError if groups do not divide the channels.
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
        groups: Groups = 1,
        bias: Bias = True,
    ) -> None:
        check_groups(groups, in_channels, out_channels)
        pads = resolve_padding(padding, each(kernel_size, 2), each(stride, 2), each(dilation, 2))
        super().__init__(in_channels, out_channels, kernel_size, stride, pads, dilation, groups, bias)

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        return super().forward(x)

    def window(self) -> Window:
        return Window(self.kernel_size, self.stride, self.dilation)

    def as_torch(self) -> TorchCall:
        return conv_call("nn.Conv2d", self)
