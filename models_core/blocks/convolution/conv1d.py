from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Groups, InChannels, Kernel, Padding, Size, Stride
from models_core.blocks.convolution._call import conv_call
from models_core.declare import TorchCall, Window
from models_core.ops.padding import check_groups, resolve_padding
from models_core.ports import Channels, Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="conv1d",
    title="Conv1d",
    family="convolution",
    tags=("convolution", "sequence", "causal"),
    source=Source(
        "Alex Waibel, Toshiyuki Hanazawa, Geoffrey Hinton, Kiyohiro Shikano, Kevin Lang",
        "Phoneme Recognition Using Time-Delay Neural Networks",
        1989,
        "https://doi.org/10.1109/29.21701",
    ),
    formula=Formula(
        r"y_{o,t} = b_o + \sum_{c} \sum_{u=0}^{k-1} W_{o,c,u}\; x_{c,\; s t + d u - p}",
        where=(
            "k is kernel_size, s stride, d dilation, p the zeros before the start (causal: d (k - 1)); c runs over the "
            "channels of the group of o."
        ),
    ),
)
class Conv1d(nn.Conv1d):
    """Slides a learned kernel along a sequence whose channels come first.

    N C L -> N out_channels L'. Padding `same` gives L' = ceil(L / stride); `causal` does so too and lets no output see
    a later position. Raises ValueError if groups do not divide the channels.
    """

    def __init__(
        self,
        in_channels: InChannels,
        out_channels: Annotated[Size, Doc("Channels that go out.")],
        kernel_size: Annotated[Kernel, Doc("Positions the kernel covers.")] = 3,
        stride: Annotated[Stride, Doc("Positions the kernel moves by.")] = 1,
        padding: Annotated[
            Padding | Literal["same", "causal"],
            Doc("Zeros added at both ends; 'same' keeps the length, 'causal' pads the start only."),
        ] = "same",
        dilation: Annotated[Kernel, Doc("Distance between the positions the kernel touches.")] = 1,
        groups: Groups = 1,
        bias: Bias = True,
    ) -> None:
        check_groups(groups, in_channels, out_channels)
        self.lead = dilation * (kernel_size - 1) if padding == "causal" else 0
        pads = 0 if padding == "causal" else resolve_padding(padding, (kernel_size,), (stride,), (dilation,))
        super().__init__(in_channels, out_channels, kernel_size, stride, pads, dilation, groups, bias)

    def forward(self, x: Channels) -> Annotated[Tensor, Port("N D L")]:
        return super().forward(nn.functional.pad(x, (self.lead, 0)) if self.lead else x)

    def window(self) -> Window:
        return Window(self.kernel_size, self.stride, self.dilation)

    def as_torch(self) -> TorchCall | None:
        if self.lead:
            return None
        return conv_call("nn.Conv1d", self)
