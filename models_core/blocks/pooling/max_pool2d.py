from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Dilation2d, Kernel2d, Padding, Stride
from models_core.declare import TorchCall, Window, each
from models_core.ops.padding import check_pool_padding
from models_core.ports import Image
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="max_pool2d",
    title="Max pool 2d",
    family="pooling",
    tags=("pooling", "image", "downsampling"),
    formula=Formula(
        r"y_{c,i,j} = \max_{0 \le u,v < k}\; x_{c,\; s i + d u - p,\; s j + d v - p}",
        where="k is kernel_size, s stride, d dilation, p padding; what lies outside is left out.",
    ),
)
class MaxPool2d(nn.MaxPool2d):
    """Keeps the largest value of each window of an image.

    N C H W -> N C H' W' with H' = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. Raises ValueError
    if the padding is more than half the kernel.
    """

    def __init__(
        self,
        kernel_size: Kernel2d = 2,
        stride: Annotated[
            Stride | tuple[Stride, Stride] | None, Doc("Positions the window moves by; empty: its own size.")
        ] = None,
        padding: Annotated[Padding | tuple[Padding, Padding], Doc("Positions added at every edge.")] = 0,
        dilation: Dilation2d = 1,
        ceil_mode: Annotated[bool, Doc("Whether a window that is only partly inside counts.")] = False,
    ) -> None:
        check_pool_padding(each(padding, 2), each(kernel_size, 2))
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)

    def forward(self, x: Image) -> Image:
        return super().forward(x)

    def window(self) -> Window:
        return Window(each(self.kernel_size, 2), each(self.stride, 2), each(self.dilation, 2))

    def as_torch(self) -> TorchCall:
        return TorchCall.of(
            "nn.MaxPool2d",
            {"kernel_size": self.kernel_size},
            stride=(self.stride, self.kernel_size),
            padding=(self.padding, 0),
            dilation=(self.dilation, 1),
            ceil_mode=(self.ceil_mode, False),
        )
